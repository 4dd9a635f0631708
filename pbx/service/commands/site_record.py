"""Which site's record a command reads: its database, and the settings that its figures go by."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import sqlite3
import sys
import time
import tomllib
import zoneinfo
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from config.settings import Settings
from pbx.service.ask.site_options import add_site, site_told
from pbx.service.commands.asking import complain, reason_of
from pbx.service.commands.planning import day_of
from pbx.service.exit_codes import FAILED, WRONG
from pbx.service.record.database import FILE, read_only
from pbx.service.record.versions import kept_versions
from pbx.service.reporting.record_reader import CannotRead
from pbx.service.reporting.refusals import CannotWrite
from pbx.service.site_file import load

__all__ = ["Site", "Wrong", "add_days", "add_site", "answered", "days_of", "site_of"]


class Wrong(Exception):
    """A wish that cannot be met as it is put: exit 2 with this text."""


class Site(NamedTuple):
    """The record's file, and the settings."""

    database: Path
    settings: Settings


def add_days(parser: argparse.ArgumentParser) -> None:
    """The options that say which days are meant."""
    parser.add_argument("--from", dest="first", metavar="DATE", type=day_of, help="default: --to")
    parser.add_argument("--to", dest="last", metavar="DATE", type=day_of, help="default: today")


def answered(work: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Run a command on a record; returns the exit code."""
    try:
        return work(options)
    except Wrong as error:
        return complain(str(error), WRONG)
    except (CannotRead, CannotWrite) as error:
        return complain(str(error), FAILED)


def site_of(options: argparse.Namespace) -> Site:
    """The site meant by --config and --data, or the one of this machine. Without a configuration
    the one that was last in force on the data directory counts. Raises Wrong."""
    try:
        where = site_told(options)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise Wrong(f"{options.config}: {reason_of(error)}") from error
    database = where.data / FILE
    if where.config is None:
        return Site(database, _last_in_force(database))
    loaded = load(where.config)
    if loaded.settings is None:
        raise Wrong("\n".join(map(str, loaded.errors)))
    return Site(database, loaded.settings)


def _last_in_force(database: Path) -> Settings:
    """The settings that the record keeps; defaults, and a word about it, where it keeps none."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(read_only(database)) as db:
        for newest in kept_versions(db, limit=1):
            loaded = load(next(iter(newest.files), ""), newest.overrides, files=newest.files)
            if loaded.settings is not None:
                return loaded.settings
    told = "no configuration: days are those of UTC, nobody is in a team; fix: --config FILE"
    print(f"pbx: {told}", file=sys.stderr)
    return Settings()


def days_of(options: argparse.Namespace, settings: Settings) -> tuple[date, date]:
    """The first and last local day meant. Raises Wrong."""
    zone = zoneinfo.ZoneInfo(settings.site.timezone)
    last = options.last or datetime.datetime.fromtimestamp(time.time(), zone).date()
    first = options.first or last
    if first > last:
        raise Wrong(f"--from {first} is after --to {last}; fix: exchange them")
    return first, last
