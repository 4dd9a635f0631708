"""`pbx import LOG`: another system's calls as calls and events of this site."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import zoneinfo
from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pbx.service.ask.socket_path import CONFIG, DATA
from pbx.service.commands.asking import complain
from pbx.service.exit_codes import DONE, FAILED, WRONG
from pbx.service.imports.log_reader import LogReader, fingerprint
from pbx.service.imports.past_call import Item
from pbx.service.imports.row_logs import NAMED
from pbx.service.planning.call_logs import CallLogError
from pbx.service.progress import Progress
from pbx.service.record.database import FILE
from pbx.service.record.imports import Import, Imports, batches, listed
from pbx.service.record.store import StoreError
from pbx.service.site_file import load
from pbx.service.stdout import print_json
from pbx.service.text_table import text_table

SOURCE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,31}")
HEADINGS = ("name", "source", "kind", "file", "imported", "calls", "known", "broken", "from", "to",
            "state")  # fmt: skip


class Wrong(Exception):
    """A wish that cannot be met: exit 2 with this text."""


class Refusal(Exception):
    """What is asked is clear and not done: exit 1 with this text."""


class Place(NamedTuple):
    """The site: its data directory, and the time zone of its days."""

    data: Path
    timezone: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """The log, how to read it, where it goes; or what was imported, and one of them undone."""
    about = "Asterisk's queue_log or Master.csv, the bank log, or any CSV with --columns"
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("log", metavar="LOG", type=Path, help=about, nargs="?")
    what.add_argument("--list", action="store_true", help="what was imported so far")
    what.add_argument("--undo", metavar="NAME", help="remove an import with its calls")
    parser.add_argument(
        "--columns",
        metavar="FIELD=COLUMN,…",
        default="",
        help=f"of any other CSV, by heading or number; fields: {' '.join(NAMED)}",
    )
    parser.add_argument("--source", metavar="NAME", default="", help="of the system it came from")
    parser.add_argument("--timezone", help="of its local times; default: the site's")
    parser.add_argument("--dry-run", action="store_true", help="read it and write nothing")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table, with --list")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--config", metavar="FILE", type=Path, help=f"default: {CONFIG}")
    group.add_argument("--data", metavar="DIR", type=Path, help="the data directory")


def run(options: argparse.Namespace) -> int:
    """Import, list or undo; returns the exit code."""
    work = _list if options.list else _undo if options.undo else _import
    try:
        return work(options, _place(options))
    except (Wrong, CallLogError) as error:
        return complain(str(error), WRONG)
    except (Refusal, StoreError) as error:
        return complain(str(error), FAILED)


def _place(options: argparse.Namespace) -> Place:
    """The site meant by --data, --config, or by default. Raises Wrong."""
    if options.data:
        return Place(options.data, "")
    if options.config is None and not CONFIG.exists():
        return Place(DATA, "")
    loaded = load(options.config or CONFIG)
    if loaded.settings is None:
        raise Wrong("\n".join(map(str, loaded.errors)))
    return Place(Path(loaded.settings.site.data), loaded.settings.site.timezone)


# ---- import --------------------------------------------------------------------------------------


def _import(options: argparse.Namespace, place: Place) -> int:
    if options.source and not SOURCE.fullmatch(options.source):
        raise Wrong(
            f"--source {options.source!r}: up to 32 letters, digits, dots, dashes; a letter first"
        )
    zone = options.timezone or place.timezone
    known_by = fingerprint(options.log)
    log = LogReader(
        options.log,
        options.source,
        zone=_zone(zone),
        columns=options.columns,
        size=known_by.size,
    )
    log.look()
    new = Import(
        0, "", log.source, log.kind, str(options.log.resolve()), known_by.sha256,
        json.dumps({"timezone": zone, "columns": options.columns}), time.time(),
    )  # fmt: skip
    if options.dry_run:
        return _try(log, new)
    with Imports(place.data / FILE) as imports:
        found = imports.of_file(known_by.sha256)
        if found is not None and _is_done(found, new):
            print(f"{options.log}: imported already as {found.name}: nothing changes")
            return DONE
        return _bring(log, imports, to=found or imports.begin(new))


def _zone(name: str) -> tzinfo | None:
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Wrong(f"no time zone {name!r}") from error


def _is_done(found: Import, new: Import) -> bool:
    """Whether a file that was begun before is in whole. Raises Refusal where it was read otherwise
    than it would be now."""
    fix = f"fix: pbx import --undo {found.name}, then import it again"
    if found.items < 0:
        raise Refusal(f"{new.file}: the undo of {found.name} was cut off; {fix}")
    if found.source != new.source or found.told != new.told:
        told = json.loads(found.told)
        raise Refusal(
            f"{new.file}: imported as {found.name} from source {found.source}, time zone "
            f"{told['timezone'] or 'of the system'}, columns {told['columns'] or 'of its kind'}; "
            f"{fix}"
        )
    return found.ended is not None


def _try(log: LogReader, new: Import) -> int:
    for _ in _shown(log):
        pass
    _tell(log, new, calls=log.tally.calls, is_dry=True)
    return DONE


def _bring(log: LogReader, imports: Imports, *, to: Import) -> int:
    """Write what is not in yet, a few calls at a time."""
    for batch in batches(islice(_shown(log), to.items, None)):
        imports.put(to, batch)
    tally = log.tally
    to.rows, to.broken, to.ended = tally.rows, tally.broken, time.time()
    if tally.calls:
        to.first, to.last = tally.first_ms / 1000, tally.last_ms / 1000
    imports.finish(to)
    _tell(log, to, calls=to.calls)
    return DONE


def _shown(log: LogReader) -> Iterator[Item]:
    progress = Progress(f"reading {log.path.name}")
    log.on_progress = progress
    try:
        yield from log.items()
    finally:
        progress.end()


def _tell(log: LogReader, what: Import, *, calls: int, is_dry: bool = False) -> None:
    """What came of it; what is left out or not told, each with its number, on stderr."""
    tally = log.tally
    verb = f"{what.source}, not written" if is_dry else what.name
    zone = _zone_of(what)
    first, last = (_day(t / 1000, zone) for t in (tally.first_ms, tally.last_ms))
    days = f", {first} to {last}" if tally.calls else ""
    for line in tally.shown:
        print(f"{log.path}: {line}", file=sys.stderr)
    for number, text in _left_out(log, what):
        if number:
            print(f"{log.path}: {number} {text}", file=sys.stderr)
    print(f"{verb}: {calls} calls of {tally.rows} rows{days}")


def _left_out(log: LogReader, what: Import) -> tuple[tuple[int, str], ...]:
    tally = log.tally
    return (
        (tally.broken, "rows make no sense: left out"),
        (what.known, "calls are here already: left as they are"),
        (log.going, "calls go on at its end: left out"),
        (tally.untold_waits, "waits are not told: they count as 0 s"),
        (tally.untold_talks, "talk times are not told: they count as 0 s"),
    )


def _zone_of(what: Import) -> tzinfo | None:
    """The time zone that an import was read in."""
    return _zone(json.loads(what.told)["timezone"])


def _day(t: float, zone: tzinfo | None) -> str:
    return str(datetime.fromtimestamp(t, zone).date())


# ---- list and undo -------------------------------------------------------------------------------


def _list(options: argparse.Namespace, place: Place) -> int:
    found = listed(place.data / FILE)
    if options.json:
        print_json([_row(each) for each in found])
    else:
        print(text_table(HEADINGS, [list(_row(each).values()) for each in found]))
    return DONE


def _row(each: Import) -> dict[str, object]:
    state = "undo cut off" if each.items < 0 else "cut off" if each.ended is None else "whole"
    zone = _zone_of(each)
    first, last = (None if t is None else _day(t, zone) for t in (each.first, each.last))
    values = (
        each.name, each.source, each.kind, each.file, _day(each.begun, zone), each.calls,
        each.known, each.broken, first, last, state,
    )  # fmt: skip
    return dict(zip(HEADINGS, values, strict=True))


def _undo(options: argparse.Namespace, place: Place) -> int:
    with Imports(place.data / FILE) as imports:
        found = imports.named(options.undo)
        if found is None:
            names = " ".join(each.name for each in imports.all()) or "none"
            raise Refusal(f"no import {options.undo!r}: there are {names}")
        progress, gone = Progress(f"removing {found.name}"), 0
        for events in imports.undo(found.name):
            gone += events
            progress.say(f"{gone} events")
        progress.end()
    print(f"{found.name}: removed, {found.calls} calls and {gone} events")
    return DONE
