"""Agents told to a plan: a number, a list by interval, a roster, or as the log's days had them.

--agents 12                      wherever calls are expected
--agents 3,4,4,5                 each interval with calls, or each of the day
--agents week.json               of `pbx roster --json` (also `--roster week.json`)
--agents log                     what such days had, by who took calls in the log
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import numpy as np

from pbx.planning.history import WEEK, Array
from pbx.planning.lookback import Past, usual_agents
from pbx.planning.whatif import AGENTS_MAX
from pbx.service.commands.planning import Read, Wrong, calendar

LOG = "log"


def add_agents(parser: argparse.ArgumentParser, default: str) -> None:
    """Who is at work."""
    parser.add_argument(
        "--agents", metavar="N|N,N,…|FILE|log",
        help=f"a number, a list by interval, a roster, or as the log's days had{default}",
    )  # fmt: skip
    parser.add_argument(
        "--roster", metavar="JSON", type=Path, help="of `pbx roster --json`: its agents of that day"
    )


def agents_told(
    options: argparse.Namespace, read: Read | None, *, day: date | None, calls: Array
) -> Array | None:
    """The agents of a day by interval; None if none are told. Raises Wrong."""
    told = options.agents
    if options.roster or (told and told.endswith(".json")):
        if day is None:
            raise Wrong("a roster has days: it takes a LOG")
        return _rostered(options, options.roster or Path(told), day=day)
    if not told:
        return None
    if told == LOG:
        if read is None or day is None:
            raise Wrong("--agents log: it takes a LOG")
        return _of_log(options, read, day=day)
    return _numbers(told, calls)


def _numbers(told: str, calls: Array) -> Array:
    try:
        numbers = [float(each) for each in told.split(",")]
    except ValueError:
        numbers = [-1.0]
    if not all(0 <= each <= AGENTS_MAX for each in numbers):
        raise Wrong(f"--agents {told}: numbers from 0 to {AGENTS_MAX}, a roster's .json, or log")
    if len(numbers) == 1:
        return np.where(calls > 0, numbers[0], 0.0)
    if len(numbers) == len(calls):
        return np.array(numbers)
    agents, is_open = np.zeros(len(calls)), calls > 0
    if len(numbers) != is_open.sum():
        raise Wrong(
            f"--agents: {len(numbers)} numbers; the day has {len(calls)} intervals, "
            f"{is_open.sum()} of them with calls"
        )
    agents[is_open] = numbers
    return agents


def _of_log(options: argparse.Namespace, read: Read, *, day: date) -> Array:
    past = read.past or Past(read.history)
    ahead = (day - read.history.next_day).days + 1
    try:
        if ahead < 1:  # the log's last day, so far
            past, ahead = past.before(day), 1
        return np.asarray(usual_agents(past, ahead, calendar=calendar(options))[-1])
    except ValueError as error:
        raise Wrong(f"--agents log: {error}") from error


def _rostered(options: argparse.Namespace, file: Path, *, day: date) -> Array:
    """The agents whom a roster has on a day, by interval; a part of one is none."""
    try:
        made = json.loads(file.read_text())
        place = (day - date.fromisoformat(made["first"])).days
        cover = np.array(made["cover"], dtype=np.float64).reshape(WEEK, -1)
        interval_s = int(made["interval_s"])
    except OSError as error:
        raise Wrong(f"{file}: {error.strerror}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise Wrong(f"{file}: not from `pbx roster --json`: {error}") from error
    if not 0 <= place < WEEK:
        raise Wrong(f"{file}: begins on {made['first']} and does not have {day}")
    if interval_s != options.interval:
        raise Wrong(f"{file}: its intervals are of {interval_s} s: --interval")
    return np.asarray(np.floor(cover[place]))
