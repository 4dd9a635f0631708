"""`pbx phones`: each extension, and where its phones are registered."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from pbx.service.ask.line_client import Client
from pbx.service.ask.socket_path import add_arguments
from pbx.service.commands.asking import at_socket
from pbx.service.exit_codes import DONE
from pbx.service.stdout import print_json
from pbx.service.text_table import text_table

HEADINGS = ("extension", "name", "reachable", "calls", "contact", "expires", "user agent")
SHARED = 4  # headings of the extension; the others are of one of its phones

Row = dict[str, Any]


def arguments(parser: argparse.ArgumentParser) -> None:
    """The form, and where the exchange is."""
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Print a line for each phone."""
    return at_socket(options, lambda path: _print(path, is_json=options.json))


def _print(path: Path, *, is_json: bool) -> int:
    with Client(path) as client:
        rows = client.call("phone.list")
    if is_json:
        print_json(rows)
    else:
        print(text_table(HEADINGS, [line for row in rows for line in _lines(row)]))
    return DONE


def _lines(row: Row) -> list[list[object]]:
    """An extension's lines: its fixed contact, then one for each registration."""
    extension = [row.get(heading) for heading in HEADINGS[:SHARED]]
    fixed = [[row["contact"], "fixed", None]] if row.get("contact") else []
    phones = fixed + [_binding(binding) for binding in row.get("bindings", ())]
    return [extension + phone for phone in phones or [[None, None, None]]]


def _binding(binding: Row) -> list[object]:
    """A registration: its contact, until when in local time, the phone's own name."""
    until = datetime.fromtimestamp(binding["expires"]).strftime("%Y-%m-%d %H:%M:%S")
    return [binding["contact"], until, binding.get("user_agent")]
