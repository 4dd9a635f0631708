"""What the planning commands share: the log they read, and how they show what came out."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pbx.planning.history import DAY_S, Calendar, History
from pbx.service.calendar_file import (
    CalendarError,
    calendar_of,
    closed_days,
    read_calendar,
    special_days,
)
from pbx.service.call_counts import INTERVALS_S, Counts, count, is_counts, read_counts
from pbx.service.call_logs import CallLog, CallLogError
from pbx.service.commands.asking import complain
from pbx.service.commands.erlang import seconds
from pbx.service.exit_codes import DONE, FAILED, WRONG
from pbx.service.plots import NoLibrary, Plot, in_terminal, into_png
from pbx.service.progress import Progress
from pbx.service.site_file import load
from pbx.service.stdout import print_json
from pbx.service.text_table import text_table

DATABASE = "pbx.db"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Wrong(Exception):
    """A wish that cannot be met: exit 2 with this text."""


class Read(NamedTuple):
    """What a log said: its history, the means of its calls (None for a file of counts)."""

    history: History
    counts: Counts | None
    rows: int
    broken: int


def interval(text: str) -> int:
    """Seconds of an interval that divides the day as logs are counted."""
    length = seconds(text)
    if length not in INTERVALS_S:
        allowed = " ".join(f"{each // 60}m" for each in INTERVALS_S)
        raise argparse.ArgumentTypeError(f"{text!r} is none of {allowed}")
    return int(length)


def clock(text: str) -> int:
    """Seconds after midnight of `HH:MM`; 24:00 is the end of the day."""
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)", text)
    second = int(found[1]) * 3600 + int(found[2]) * 60 if found else DAY_S + 1
    if second > DAY_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no time of day such as 09:30")
    return second


def day_of(text: str) -> date:
    """A date as 2026-11-23."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-11-23") from error


def add_log(parser: argparse.ArgumentParser, *, is_optional: bool = False) -> None:
    """The log, and how to read it."""
    about = "pbx.db or its directory, Asterisk's Master.csv, the bank log, or counts (date,q00,…)"
    nargs = "?" if is_optional else None
    parser.add_argument("log", metavar="LOG", type=Path, help=about, nargs=nargs)
    parser.add_argument("--queue", default="", help="only this queue's calls; default: all")
    parser.add_argument("--interval", type=interval, default=1800, help="5m to 60m; default 30m")
    parser.add_argument("--config", metavar="FILE", type=Path, help="for its time zone and hours")
    parser.add_argument("--timezone", help="of the times in pbx.db; default: the system's")
    parser.add_argument("--calendar", metavar="FILE", type=Path, help="days not like others")
    parser.add_argument(
        "--special", metavar="DATE[=FACTOR]", action="append", default=[],
        help="one such day: 0 closed, 1.5 half as many again, no factor: as before",
    )  # fmt: skip


def add_forms(parser: argparse.ArgumentParser) -> None:
    """The forms of the answer."""
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.add_argument("--plot", action="store_true", help="a plot below the table")
    parser.add_argument("--png", metavar="FILE", type=Path, help="the plot as a file")


def read_log(options: argparse.Namespace) -> Read:
    """Read the log. Raises Wrong, or CallLogError."""
    path = options.log / DATABASE if options.log.is_dir() else options.log
    try:
        if is_counts(path):
            return Read(read_counts(path, options.interval), None, 0, 0)
    except OSError as error:
        raise CallLogError(f"{path}: {error.strerror or error}") from error
    progress = Progress(f"reading {path.name}")
    log = CallLog(path, zone=_zone(options), on_progress=progress)
    try:
        counts = count(log, interval_s=options.interval, queue=options.queue)
    finally:
        progress.end()
    for line in log.shown:
        print(f"{path}: {line}", file=sys.stderr)
    if log.broken:
        print(f"{path}: {log.broken} of {log.rows} rows left out", file=sys.stderr)
    try:
        return Read(counts.history(), counts, log.rows, log.broken)
    except ValueError as error:
        raise CallLogError(f"{path}: {error}") from error


def _zone(options: argparse.Namespace) -> zoneinfo.ZoneInfo | None:
    name = options.timezone
    if name is None and options.config:
        name = _settings(options).site.timezone
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Wrong(f"no time zone {name!r}") from error


def _settings(options: argparse.Namespace) -> Any:
    loaded = load(options.config)
    if loaded.errors:
        raise Wrong("\n".join(map(str, loaded.errors)))
    return loaded.settings


def calendar(options: argparse.Namespace) -> Calendar:
    """The days not like others: of the configuration's hours, the file, the options."""
    try:
        hours = _settings(options).hours.values() if options.config else ()
        listed = read_calendar(options.calendar) if options.calendar else {}
        return calendar_of(closed_days(hours), listed, special_days(options.special))
    except CalendarError as error:
        raise Wrong(str(error)) from error


def answered(options: argparse.Namespace, work: Callable[[argparse.Namespace], int]) -> int:
    """Run a planning command; what cannot be is said, with its exit code."""
    try:
        return work(options)
    except (Wrong, ValueError) as error:
        return complain(str(error), WRONG)
    except CallLogError as error:
        return complain(str(error), FAILED)
    except NoLibrary as error:
        return complain(str(error), FAILED)


def show(
    options: argparse.Namespace,
    *,
    table: tuple[Sequence[str], Sequence[Sequence[object]]],
    notes: Sequence[str] = (),
    json: Mapping[str, object],
    plot: Plot,
) -> int:
    """Print the answer in the forms asked for; returns the exit code."""
    if options.json:
        print_json(json)
    else:
        print(text_table(*table))
        for note in notes:
            print(note)
    if options.plot and not options.json:
        print(in_terminal(plot, shutil.get_terminal_size((100, 24)).columns))
    if options.png:
        try:
            into_png(plot, options.png)
        except (OSError, ValueError) as error:
            return complain(f"{options.png}: {getattr(error, 'strerror', None) or error}")
    return DONE


def clock_text(number: int, interval_s: int) -> str:
    """When an interval of the day begins."""
    minute = number * interval_s // 60
    return f"{minute // 60:02}:{minute % 60:02}"


def day_text(day: date) -> str:
    """A day as a column's heading."""
    return f"{WEEKDAYS[day.weekday()]} {day:%m-%d}"
