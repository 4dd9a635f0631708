"""`pbx watch [TOPIC …]`: events as JSON lines, resumed after the exchange has restarted.

Two types are of the stream itself: `lagged` (we read too slowly, events `from` to `to` are lost)
and `resync_required` (events were lost over a restart: take a snapshot).
"""

from __future__ import annotations

import argparse
import threading
from contextlib import suppress
from pathlib import Path

from pbx.service.ask.line_client import follow
from pbx.service.ask.socket_path import add_arguments
from pbx.service.commands.asking import at_socket
from pbx.service.exit_codes import DONE
from pbx.service.stdout import print_json


def arguments(parser: argparse.ArgumentParser) -> None:
    """The topics, and where the exchange is."""
    parser.add_argument(
        "topics", metavar="TOPIC", nargs="*", default=["*"], help="queue.* call.sales.* …"
    )
    parser.set_defaults(json=True)
    add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Print events until the reader or the user has enough."""
    return at_socket(options, lambda path: _print(path, options.topics))


def _print(path: Path, topics: list[str]) -> int:
    with suppress(KeyboardInterrupt):
        for event in follow(path, topics, stop=threading.Event()):
            print_json(event, is_line=True)
    return DONE
