"""What the commands that speak to a running exchange share: find it, say what went wrong."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from pbx.service.ask.line_client import CallError
from pbx.service.ask.socket_path import CONFIG, control_path
from pbx.service.exit_codes import FAILED, WRONG

MISUSED = ("bad_params", "unknown_method")


def at_socket(options: argparse.Namespace, use: Callable[[Path], int]) -> int:
    """Run `use` with the path of the socket meant by the options; returns the exit code."""
    try:
        path = control_path(options)
    except (OSError, tomllib.TOMLDecodeError) as error:
        return complain(f"{options.config or CONFIG}: {reason_of(error)}", WRONG)
    try:
        return use(path)
    except CallError as error:
        return complain(error.reason, WRONG if error.name in MISUSED else FAILED)
    except BrokenPipeError:  # our own reader has gone; the client raises others
        raise
    except OSError as error:
        return complain(f"no pbx answers at {path}: {reason_of(error)}")


def reason_of(error: Exception) -> str:
    """An error's own words, without the number."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def complain(text: str, code: int = FAILED) -> int:
    """Say it on stderr; returns `code`."""
    print(text, file=sys.stderr)
    return code
