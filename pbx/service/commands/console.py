"""`pbx console`: the console in a process of its own, which speaks to the socket only."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pbx.service.ask.socket_path import add_arguments
from pbx.service.commands.asking import at_socket, complain
from pbx.service.exit_codes import FAILED


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where the exchange is, and how the console is to look."""
    add_arguments(parser)
    parser.add_argument("--lang", choices=("en", "zh"), default="", help="default: the site's")
    parser.add_argument("--slow", action="store_true", help="for a serial line: fewer updates")


def run(options: argparse.Namespace) -> int:
    """Become the console; returns only if there is no terminal to draw on."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return complain("the console needs a terminal; `pbx watch` prints events as lines", FAILED)
    return at_socket(options, lambda path: _become(path, options))


def _become(path: Path, options: argparse.Namespace) -> int:
    words = ["--socket", str(path)]
    words += ["--lang", options.lang] if options.lang else []
    words += ["--slow"] if options.slow else []
    os.execv(sys.executable, [sys.executable, "-m", "tui", *words])
