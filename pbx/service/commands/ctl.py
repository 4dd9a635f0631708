"""`pbx ctl METHOD key=value …`: one call of the socket, its result as JSON on stdout.

Values are typed by the method's schema, which the server tells: `agent=2001` stays text.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pbx.service.ask.line_client import CallError, Client
from pbx.service.ask.socket_path import add_arguments
from pbx.service.ask.typed_params import typed_params
from pbx.service.commands.asking import at_socket, complain
from pbx.service.exit_codes import DONE, WRONG
from pbx.service.stdout import print_json


def arguments(parser: argparse.ArgumentParser) -> None:
    """The method, its parameters, and where the exchange is."""
    parser.add_argument("method", metavar="METHOD", help="agent.list …; 'methods' tells them all")
    parser.add_argument("params", metavar="key=value", nargs="*", help="parameters of the method")
    parser.set_defaults(json=True)
    add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Call it, print the result."""
    return at_socket(options, lambda path: _call(path, options.method, words=options.params))


def _call(path: Path, method: str, *, words: list[str]) -> int:
    with Client(path) as client:
        try:
            schema = client.call("methods", method=method)[0]["params"]
            params = typed_params(words, schema)
        except CallError as error:
            return complain(f"{error.reason}; 'pbx ctl methods' tells them all", WRONG)
        except ValueError as error:
            return complain(f"{method}: {error}", WRONG)
        print_json(client.call(method, **params))
    return DONE
