"""`pbx phones`: each extension, and where its phones are registered."""

from __future__ import annotations

import argparse
from pathlib import Path

from pbx.service.commands.asking import at_socket, print_json
from pbx.service.exit_codes import DONE
from pbx.service.line_client import Client
from pbx.service.socket_path import add_arguments
from pbx.service.text_table import text_table


def arguments(parser: argparse.ArgumentParser) -> None:
    """The form, and where the exchange is."""
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Print a row for each."""
    return at_socket(options, lambda path: _print(path, is_json=options.json))


def _print(path: Path, *, is_json: bool) -> int:
    with Client(path) as client:
        rows = client.call("phone.list")
    if is_json:
        print_json(rows)
        return DONE
    headings = list(dict.fromkeys(key for row in rows for key in row)) or ["extension"]
    print(text_table(headings, [[row.get(key) for key in headings] for row in rows]))
    return DONE
