"""What the planning commands share: the log they read, and how they show what came out."""

from __future__ import annotations

import argparse
import importlib
import re
import shutil
import sys
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pbx.planning.forecast import Forecast, forecast
from pbx.planning.history import DAY_S, Calendar, History
from pbx.planning.lookback import Past
from pbx.service.commands.asking import complain
from pbx.service.commands.erlang import seconds
from pbx.service.exit_codes import DONE, FAILED, WRONG
from pbx.service.planning.calendar_file import (
    CalendarError,
    calendar_of,
    closed_days,
    read_calendar,
    special_days,
)
from pbx.service.planning.call_counts import INTERVALS_S, Counts, is_counts, read_counts
from pbx.service.planning.call_days import CallDays
from pbx.service.planning.call_logs import CallLog, CallLogError
from pbx.service.planning.call_rows import FIELDS
from pbx.service.planning.open_hours import open_parts
from pbx.service.planning.plots import Plot, in_terminal
from pbx.service.progress import Progress
from pbx.service.record.database import FILE
from pbx.service.site_file import load
from pbx.service.stdout import print_json
from pbx.service.text_table import text_table

COLUMNS_MAX = 14  # days that stand beside each other in a table
WITHIN_S = 20.0  # of the answer, where a command has no target
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Table = tuple[Sequence[str], Sequence[Sequence[object]]]


class Wrong(Exception):
    """A wish that cannot be met: exit 2 with this text."""


class NoLibrary(Exception):
    """A file needs the extra `reports`: the text says how to get it."""


class Read(NamedTuple):
    """What a log said: its history, the means of its calls (None for a file of counts), its last
    days as a plan looks back on them; with `--as-of` all of it before that date, and `after`, the
    log from that date on, where it has such days."""

    history: History
    counts: Counts | None
    past: Past | None = None
    rows: int = 0
    broken: int = 0
    after: Past | None = None

    def came(self, day: date) -> int | None:
        """The place of a day in what came `after`, if it is there."""
        place = (day - self.after.history.first).days if self.after else -1
        return place if self.after and 0 <= place < self.after.history.days else None


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
    about = (
        "pbx.db or its directory, Asterisk's Master.csv or queue_log, the bank log, counts "
        "(date,q00,…), or any CSV with --columns"
    )
    nargs = "?" if is_optional else None
    parser.add_argument("log", metavar="LOG", type=Path, help=about, nargs=nargs)
    parser.add_argument(
        "--columns",
        metavar="FIELD=COLUMN,…",
        default="",
        help=f"of any other CSV, by heading or number; fields: {' '.join(FIELDS)}",
    )
    parser.add_argument(
        "--as-of", metavar="DATE", type=day_of, help="plan as if it were then, and show what came"
    )
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
    path = options.log / FILE if options.log.is_dir() else options.log
    try:
        if not options.columns and is_counts(path):
            if options.queue:
                raise Wrong(f"{path}: a file of counts does not have queues: no --queue")
            return _told(_split(Read(read_counts(path, options.interval), None), options))
    except OSError as error:
        raise CallLogError(f"{path}: {error.strerror or error}") from error
    progress = Progress(f"reading {path.name}")
    log = CallLog(path, zone=_zone(options), columns=options.columns, on_progress=progress)
    try:
        read = _read_calls(log, options)
    except ValueError as error:
        raise CallLogError(f"{path}: {error}") from error
    finally:
        progress.end()
    for line in log.shown:
        print(f"{path}: {line}", file=sys.stderr)
    if log.broken:
        print(f"{path}: {log.broken} of {log.rows} rows left out", file=sys.stderr)
    return _told(read._replace(rows=log.rows, broken=log.broken))


def _read_calls(log: CallLog, options: argparse.Namespace) -> Read:
    """The calls before `--as-of`, all without it; and those from then on."""
    until = options.as_of or date.max
    counts = Counts(options.interval, options.queue)
    later = Counts(options.interval, options.queue)
    days, after = CallDays(options.queue), CallDays(options.queue)
    for call in log:
        is_before = call.day < until
        (counts if is_before else later).add(call)
        (days if is_before else after).add(call)
    history, within_s = counts.history(), float(getattr(options, "within", WITHIN_S))
    if options.as_of:
        history = history.until(options.as_of)
    read = Read(history, counts, days.past(history, within_s))
    if later.days:
        came = later.history()
        read = read._replace(after=after.past(came, within_s))
    return read


def _split(read: Read, options: argparse.Namespace) -> Read:
    """A file of counts before `--as-of`, and what it has from then on."""
    history = read.history
    if not options.as_of:
        return read._replace(past=Past(history))
    before = history.before(options.as_of)
    if not before.days:
        raise Wrong(f"the log begins on {history.first}, not before {options.as_of}")
    rest = History(options.as_of, history.counts[before.days :])
    before = before.until(options.as_of)
    return Read(before, None, Past(before), after=Past(rest) if rest.days else None)


def _told(read: Read) -> Read:
    """The same; weeks that the log does not have are named on stderr."""
    for first, last in read.history.gaps():
        print(f"no calls from {first} to {last}: missing, left out", file=sys.stderr)
    return read


def log_line(read: Read) -> str:
    """What the log was, in a line."""
    history, counts = read.history, read.counts
    last = history.day(history.days - 1)
    text = f"from {history.counts.sum():.0f} calls, "
    if counts and counts.outcomes["answered"]:
        text += f"{counts.outcomes['answered']} answered, "
    text += f"{history.first} to {last}"
    text += "".join(f", without {first} to {last}" for first, last in history.gaps())
    if counts and counts.aht_s:
        text += f"; handle time {counts.aht_s:.0f} s"
    if counts and counts.patience_s:
        text += f"; patience {counts.patience_s:.0f} s"
    return text


def log_json(read: Read) -> dict[str, object]:
    """What the log said, for the JSON of each command."""
    counts, history = read.counts, read.history
    return {
        "first": str(history.first),
        "last": str(history.day(history.days - 1)),
        "calls": float(history.counts.sum()),
        "answered": counts.outcomes["answered"] if counts else None,
        "abandoned": counts.outcomes["abandoned"] if counts else None,
        "missing": [[str(first), str(last)] for first, last in history.gaps()],
        "aht_s": counts.aht_s if counts else None,
        "patience_s": counts.patience_s if counts else None,
        "queues": dict(sorted(counts.queues.items())) if counts else {},
        "rows": read.rows,
        "broken": read.broken,
    }


def what_came(read: Read, day: date) -> dict[str, float]:
    """Figures of a day of the log after `--as-of`, by name; none where it is not there."""
    place, after = read.came(day), read.after
    if place is None or after is None or not after.history.counts[place].sum():
        return {}
    offered = float(after.history.counts[place].sum())
    figures = {"offered": offered}
    if after.within is not None and after.abandoned is not None:
        figures["service_level"] = float(after.within[place].sum()) / offered
        figures["abandoned_share"] = float(after.abandoned[place].sum()) / offered
    return figures


def ahead(options: argparse.Namespace, read: Read, *, days: int, method: str = "dated") -> Forecast:
    """The forecast of the days after the log, none where the configuration is closed."""
    expected = forecast(read.history, days, calendar=calendar(options), method=method)
    hours = tuple(_settings(options).hours.values()) if options.config else ()
    parts = open_parts(hours, expected.first, days=days, per_day=read.history.per_day)
    return expected._replace(counts=expected.counts * parts)


def _zone(options: argparse.Namespace) -> zoneinfo.ZoneInfo | None:
    name = options.timezone
    if name is None and options.config:
        name = _settings(options).site.timezone
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Wrong(f"no time zone {name!r}") from error


def _settings(options: argparse.Namespace) -> Any:
    """The settings of `--config`. Raises Wrong."""
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
    except (CallLogError, NoLibrary) as error:
        return complain(str(error), FAILED)


def show(
    options: argparse.Namespace,
    *,
    table: Table | list[Table],
    notes: Sequence[str] = (),
    json: Mapping[str, object],
    plot: Plot,
) -> int:
    """Print the answer in the forms asked for, a table or its pages; returns the exit code."""
    if options.json:
        print_json(json)
    else:
        print(
            "\n\n".join(
                text_table(*each) for each in (table if isinstance(table, list) else [table])
            )
        )
        for note in notes:
            print(note)
    if options.plot and not options.json:
        print(in_terminal(plot, shutil.get_terminal_size((100, 24)).columns))
    if options.png:
        try:
            into_file(plot, options.png)
        except (OSError, ValueError) as error:
            return complain(f"{options.png}: {getattr(error, 'strerror', None) or error}")
    return DONE


def into_file(plot: Plot, path: Path) -> None:
    """Draw a plot into a file. Raises NoLibrary, OSError or ValueError."""
    try:
        files = importlib.import_module("pbx.service.planning.figure_files")
    except ModuleNotFoundError as error:
        raise NoLibrary(
            f"a PNG needs {error.name}: install the extra `reports`, or use --plot"
        ) from error
    files.save(plot, path)


def paged(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[Table]:
    """A table whose first column stands for all, in pieces that fit beside each other."""
    return [
        (
            [heads[0], *heads[at : at + COLUMNS_MAX]],
            [[row[0], *row[at : at + COLUMNS_MAX]] for row in rows],
        )
        for at in range(1, len(heads), COLUMNS_MAX)
    ]


def clock_text(number: int, interval_s: int) -> str:
    """When an interval of the day begins."""
    minute = number * interval_s // 60
    return f"{minute // 60:02}:{minute % 60:02}"


def day_text(day: date) -> str:
    """A day as a column's heading."""
    return f"{WEEKDAYS[day.weekday()]} {day:%m-%d}"
