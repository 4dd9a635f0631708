"""The exit codes of every command, a promise to scripts."""

from __future__ import annotations

DONE, FAILED, WRONG = 0, 1, 2  # done; refused or failed; wrong usage or configuration
