"""`pbx demo`: a site with callers and agents of its own, to look at; a summary at its end."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from pbx.service.commands.asking import complain, reason_of
from pbx.service.demo.believable_day import Habits
from pbx.service.demo.demo import serve_demo
from pbx.service.demo.processes import ChildFailed
from pbx.service.exit_codes import DONE, WRONG

FASTEST = 60.0
BUSIEST = 360_000.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """How it is shown, for how long, and what kind of day it is."""
    usual = Habits()
    parser.add_argument("--headless", action="store_true", help="events as lines, no console")
    parser.add_argument(
        "--for", metavar="SECONDS", type=_positive, dest="seconds", help="end then; else Ctrl-C"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=usual.seed, help="of all chance")
    parser.add_argument(
        "--rate", metavar="CALLS_PER_HOUR", type=_positive, default=usual.rate,
        help=f"in the mean of the day; default {usual.rate:g}",
    )  # fmt: skip
    parser.add_argument(
        "--speed", metavar="X", type=_positive, default=1.0,
        help="all that takes time takes X times less",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Run it; the directory stays."""
    if options.speed > FASTEST or options.rate * options.speed > BUSIEST:
        return complain(
            f"speed up to {FASTEST:g}, and rate times speed up to {BUSIEST:g}, please", WRONG
        )
    habits = Habits(seed=options.seed, rate=options.rate, speed=options.speed)
    try:
        folder = Path(tempfile.mkdtemp(prefix="pbx-demo-"))
        lines = serve_demo(folder, habits, seconds=options.seconds, is_headless=options.headless)
    except ChildFailed as error:
        return complain(str(error))
    except BrokenPipeError:  # our reader has gone
        raise
    except OSError as error:
        return complain(f"{error.filename or 'demo'}: {reason_of(error)}")
    print("\n".join(lines), flush=True)
    return DONE


def _positive(text: str) -> float:
    """A number above 0."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number
