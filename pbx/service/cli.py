"""`pbx COMMAND …`: finds the command in a table and runs its module.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage or configuration. A command is a module
with `arguments(parser)` and `run(options) -> exit code`; only the one asked for is imported.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence

import pbx
from pbx.service import stdout
from pbx.service.exit_codes import DONE, FAILED

COMMANDS = {
    "serve": ("pbx.service.commands.serve", "run the exchange, in the foreground"),
    "demo": ("pbx.service.commands.demo", "a site with callers and agents of its own, to look at"),
    "check-config": ("pbx.service.commands.check_config", "every error and warning in a file"),
    "config": ("pbx.service.commands.config", "versions that were in force, and back to one"),
    "ctl": ("pbx.service.commands.ctl", "call one method of the running exchange"),
    "watch": ("pbx.service.commands.watch", "print events as JSON lines"),
    "phones": ("pbx.service.commands.phones", "who is registered, and where"),
    "console": ("pbx.service.commands.console", "the supervisor's screens, live"),
    "replay": ("pbx.service.commands.replay", "feed a journal through the exchange"),
    "export": ("pbx.service.commands.export", "all that is kept of a number, as a folder"),
    "test": ("pbx.service.commands.test", "call-flow tests in virtual time"),
    "backup": ("pbx.service.commands.backup", "a whole copy of the site, while calls run"),
    "restore": ("pbx.service.commands.restore", "a backup in the place of a data directory"),
    "erlang": ("pbx.service.commands.erlang", "agents and lines for a load: Erlang B, C and A"),
    "forecast": ("pbx.service.commands.forecast", "the calls of the days to come, from a log"),
    "staff": ("pbx.service.commands.staff", "agents for each interval of the days to come"),
    "simulate": ("pbx.service.commands.simulate", "what if: a day lived by the queue engine"),
    "report": ("pbx.service.commands.report", "figures of the record, as table or file"),
    "verify-figures": (
        "pbx.service.commands.verify_figures", "prove what is kept and shown from the events"
    ),
    "import": ("pbx.service.commands.import_log", "another system's log as calls of this site"),
    "roster": ("pbx.service.commands.roster", "who works when: a week by team"),
}
DRAWS = (["console"], ["demo"])  # on the terminal, by a program that takes over descriptor 1


def main(words: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    words = sys.argv[1:] if words is None else list(words)
    if words[:1] not in DRAWS:
        stdout.claim()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    command = _overview().parse_args(words[:1]).command
    with contextlib.redirect_stdout(sys.stderr):
        module = importlib.import_module(COMMANDS[command][0])
    parser = argparse.ArgumentParser(prog=f"pbx {command}", description=COMMANDS[command][1])
    module.arguments(parser)
    return _run(module.run, parser.parse_args(words[1:]))


def _run(run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Run a command; a reader that has gone away and ^C are no errors."""
    is_json = getattr(options, "json", False)
    try:
        with stdout.left_to_json() if is_json else contextlib.nullcontext():
            code = run(options)
        stdout.ours().flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.ours().fileno())
        return DONE
    except KeyboardInterrupt:
        return FAILED
    return code


def _overview() -> argparse.ArgumentParser:
    """The parser of `pbx` itself."""
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  {name:{width}}  {about}" for name, (_, about) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="pbx",
        usage="pbx COMMAND …",
        description="A telephone exchange with call queues.",
        epilog=f"commands:\n{lines}\n\npbx COMMAND --help tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"agner {pbx.__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="see below")
    return parser
