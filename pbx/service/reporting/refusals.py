"""Why a report cannot be written in a format or into a file, in words for whoever asked."""

from __future__ import annotations


class CannotWrite(Exception):
    """A report that a format or a disk does not take; the text says why and what to do."""


class NoLibrary(CannotWrite):
    """A format needs the extra `reports`; the text says how to get it."""
