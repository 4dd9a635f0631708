"""Standard output is ours alone: what a library prints goes to standard error.

    before        descriptor 1 ── ours                                     print
    claimed       descriptor 1 ── standard error, until the process ends   a library in C
                  descriptor N ── ours                                     print
    for JSON      sys.stdout   ── standard error                           print
                  descriptor N ── ours                                     print_json

It is never given back: what C keeps in its own buffer is written when the process ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import sys
from typing import TextIO

_ours: list[TextIO] = []  # standard output, where `sys.stdout` is not


def claim() -> None:
    """Take descriptor 1 from everybody else; what Python prints still goes where it went."""
    if sys.stdout is None:  # closed: nothing else may become descriptor 1
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    stream = sys.stdout
    if not isinstance(stream, io.TextIOWrapper) or stream.fileno() != 1:
        return  # somebody's who has called us as a function
    copy = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 3)  # never 2, which may be closed
    # left open until the process ends: who reads to its end finds the exit code there
    kept = open(copy, "w", -1, stream.encoding, stream.errors, closefd=False)  # noqa: SIM115
    kept.reconfigure(line_buffering=stream.line_buffering, write_through=stream.write_through)
    sys.stdout = kept
    sys.__stdout__ = kept  # type: ignore[misc]  # tells how wide the terminal is
    try:
        os.dup2(2, 1)
    except OSError:  # standard error is closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def left_to_json() -> contextlib.AbstractContextManager[object]:
    """While it lasts, `print_json` alone reaches standard output."""
    _ours[:] = [ours()]
    return contextlib.redirect_stdout(sys.stderr)


def ours() -> TextIO:
    """Standard output itself, whatever `sys.stdout` is by now."""
    return _ours[0] if _ours else sys.stdout


def print_json(value: object, *, is_line: bool = False) -> None:
    """A value as JSON: indented for a person, on one line for a program. `is_line`: one of many."""
    stream = ours()
    indent = 2 if stream.isatty() and not is_line else None
    separators = (",", ":") if is_line else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    print(text, file=stream, flush=is_line)
