"""`pbx verify-figures`: whether what is kept and shown is what the events say, or made so."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import sqlite3
import sys
import zoneinfo

from pbx.reports.asked import midnight
from pbx.service.commands.asking import complain
from pbx.service.commands.site_record import (
    Site,
    Wrong,
    add_days,
    add_site,
    answered,
    days_of,
    site_of,
)
from pbx.service.exit_codes import DONE, FAILED
from pbx.service.record import proof, quarters
from pbx.service.record.database import joined
from pbx.service.record.disk import lock
from pbx.service.record.store import StoreError
from pbx.service.reporting.record_reader import moment

SHOWN_MAX = 100  # differences that are printed; all are counted


def arguments(parser: argparse.ArgumentParser) -> None:
    """The days and the site; or that all is made anew."""
    add_days(parser)
    add_site(parser)
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="make all quarters of an hour and states anew from events and calls; pbx is stopped",
    )


def run(options: argparse.Namespace) -> int:
    """Compare, or make anew; returns the exit code."""
    return answered(_rebuild if options.rebuild else _verify, options)


def _verify(options: argparse.Namespace) -> int:
    site = site_of(options)
    first, last = days_of(options, site.settings)
    with moment(site.database) as record:
        zone = zoneinfo.ZoneInfo(site.settings.site.timezone)
        start = max(midnight(first, zone), proof.proved_from(record.db, zone))
        end = midnight(last + datetime.timedelta(days=1), zone)
        if start > midnight(first, zone):
            since = datetime.datetime.fromtimestamp(start, zone).date()
            print(
                f"events before {since} are gone, as [retention] wants: not proved", file=sys.stderr
            )
        different = 0
        for each in proof.differences(record.db, start=start, end=end):
            different += 1
            if different <= SHOWN_MAX:
                print(each)
    days = (last - first).days + 1
    print(f"{first} to {last}, {days} days, to event {record.seq}: {different} figures differ")
    if different:
        fix = "stop pbx and run `pbx verify-figures --rebuild`, and tell us what happened"
        print(f"fix: {fix}", file=sys.stderr)
    return FAILED if different else DONE


def _rebuild(options: argparse.Namespace) -> int:
    site = site_of(options)
    if options.first or options.last:
        raise Wrong("--rebuild makes all of it anew; fix: leave --from and --to out")
    try:
        return _make_anew(site)
    except (StoreError, sqlite3.Error) as error:
        return complain(f"{site.database}: {error}")


def _make_anew(site: Site) -> int:
    try:
        held = lock(site.database.with_name(site.database.name + ".lock"))
    except OSError:
        return complain(f"{site.database}: pbx runs, or the folder is not ours; fix: stop it first")
    try:
        with contextlib.closing(joined(site.database)) as db:
            db.execute("BEGIN IMMEDIATE")
            quarters.make_anew(db)
            db.execute("COMMIT")
            counts = [
                f"{db.execute(f'SELECT count(*) FROM {table}').fetchone()[0]:,} {table}"
                for table in quarters.TABLES
            ]
    finally:
        os.close(held)
    print(f"made anew: {', '.join(counts)}")
    return DONE
