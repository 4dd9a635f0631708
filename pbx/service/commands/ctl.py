"""`pbx ctl METHOD key=value …`: one call of the socket, its result as JSON on stdout.

Values are typed by the method's schema, which the server tells: `agent=2001` stays text.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pbx.service.ask.line_client import CALL_S, CallError, Client
from pbx.service.ask.socket_path import add_arguments
from pbx.service.ask.typed_params import typed_params
from pbx.service.commands.asking import at_socket, complain
from pbx.service.exit_codes import DONE, WRONG
from pbx.service.stdout import print_json

SECONDS_MAX = 86_400


def arguments(parser: argparse.ArgumentParser) -> None:
    """The method, its parameters, and where the exchange is."""
    parser.add_argument("method", metavar="METHOD", help="agent.list …; 'methods' tells them all")
    parser.add_argument("params", metavar="key=value", nargs="*", help="parameters of the method")
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, default=CALL_S, help=f"default: {CALL_S:g}"
    )
    parser.set_defaults(json=True)
    add_arguments(parser)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most {SECONDS_MAX}")
    return seconds


def run(options: argparse.Namespace) -> int:
    """Call it, print the result."""
    return at_socket(options, lambda path: _call(path, options))


def _call(path: Path, options: argparse.Namespace) -> int:
    method: str = options.method
    with Client(path, timeout_s=options.timeout) as client:
        try:
            schema = client.call("methods", method=method)[0]["params"]
            params = typed_params(options.params, schema)
        except CallError as error:
            return complain(f"{error.reason}; 'pbx ctl methods' tells them all", WRONG)
        except ValueError as error:
            return complain(f"{method}: {error}", WRONG)
        print_json(client.call(method, **params))
    return DONE
