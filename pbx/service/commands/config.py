"""`pbx config history|diff|rollback`: versions of the configuration, what changed, back to one."""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
import sys
import time
import tomllib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from config import settings as config_settings
from config.difference import Change
from config.layers import Loaded
from pbx.service import site_file
from pbx.service.ask.line_client import Client
from pbx.service.ask.site_options import Where, add_site, site_told
from pbx.service.commands.asking import at_socket, complain, reason_of
from pbx.service.exit_codes import DONE, WRONG
from pbx.service.record.database import read_only
from pbx.service.record.versions import UnknownVersion, Version, kept_versions, named_version
from pbx.service.stdout import print_json
from pbx.service.text_table import text_table
from pbx.service.versions.compared import (
    changes_between,
    changes_to_come,
    history_rows,
    row_of,
)
from pbx.service.versions.put_back import Plan, placed, planned, put_back

LAST = 20
HEADINGS = ("version", "since", "asked for by", "changed")
OLDEST = "(the oldest that is kept)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which versions."""
    tasks = parser.add_subparsers(dest="task", required=True, metavar="history|diff|rollback")
    history = tasks.add_parser("history", help="versions that were in force, the newest first")
    history.add_argument("--last", metavar="N", type=int, default=LAST, help=f"default: {LAST}")
    history.set_defaults(do=_history)
    diff = tasks.add_parser("diff", help="what a reload would change, or what one version did")
    diff.add_argument("versions", metavar="VERSION", nargs="*", help="to it from today, or both")
    diff.set_defaults(do=_diff)
    rollback = tasks.add_parser("rollback", help="put the files of a version back")
    rollback.add_argument("version", metavar="VERSION", help="of history; its beginning will do")
    rollback.add_argument("--dry-run", action="store_true", help="only say what would be done")
    rollback.add_argument("--reload", action="store_true", help="then put it in force")
    rollback.set_defaults(do=_rollback, json=False)
    for each in (history, diff):
        each.add_argument("--json", action="store_true", help="JSON instead of lines")
    for each in (history, diff, rollback):
        add_site(each)


def run(options: argparse.Namespace) -> int:
    """Do it; what is missing or wrong is said on stderr."""
    if options.task == "diff" and len(options.versions) > 2:
        return complain("pbx config diff takes two versions at the most", WRONG)
    try:
        where = site_told(options)
    except (OSError, tomllib.TOMLDecodeError) as error:
        said = f"{options.config}: {reason_of(error)}"
        return complain(f"{said}; fix: say where the data is with --data", WRONG)
    database = where.data / "pbx.db"
    try:
        with contextlib.closing(read_only(database)) as db:
            code: int = options.do(options, where, db=db)
            return code
    except sqlite3.Error as error:
        return complain(f"{database}: {error}; fix: name the data directory with --data")
    except UnknownVersion as error:
        return complain(str(error))
    except OSError as error:
        return complain(f"{error.filename}: {reason_of(error)}")


# ---- history ---------------------------------------------------------------------------------


def _history(options: argparse.Namespace, where: Where, *, db: sqlite3.Connection) -> int:
    versions = list(kept_versions(db, max(1, options.last) + 1))
    rows = list(history_rows(versions))[: max(1, options.last)]
    if options.json:
        print_json(rows)
        return DONE
    shown = [
        (row["version"], _local(row["t"]), row["who"], row["changed"] or OLDEST) for row in rows
    ]
    print(text_table(HEADINGS, shown) if shown else f"{where.data}: no version is kept yet")
    return DONE


def _local(t: float) -> str:
    return datetime.fromtimestamp(t).strftime("%Y-%m-%d %H:%M:%S")


# ---- diff ------------------------------------------------------------------------------------


def _diff(options: argparse.Namespace, where: Where, *, db: sqlite3.Connection) -> int:
    if not options.versions:
        return _diff_to_come(options, where, db=db)
    new = named_version(db, options.versions[-1])
    if len(options.versions) == 2:
        old = named_version(db, options.versions[0])
        return _show(changes_between(old, new), options, nothing="no key differs")
    in_force = _in_force(db)
    return _show(changes_between(in_force, new), options, nothing="no key differs")


def _diff_to_come(options: argparse.Namespace, where: Where, *, db: sqlite3.Connection) -> int:
    """What a reload of the files would change; what is wrong with them, for it would be refused."""
    in_force = _in_force(db)
    loaded = site_file.load(_main(in_force, where), in_force.overrides)
    nothing = "a reload would change nothing"
    if loaded.settings is not None and not _is_version(loaded, in_force):
        nothing = "no key differs, but a password_file has another password, or pbx other defaults"
    read = {source.file for source in loaded.sources}
    if all(error.file in read for error in loaded.errors):  # else what is lost looks removed
        _show(changes_to_come(in_force, loaded), options, nothing=nothing)
    if loaded.errors:
        print("a reload would be refused:", *loaded.errors, sep="\n", file=sys.stderr)
        return WRONG
    return DONE


def _is_version(loaded: Loaded, version: Version) -> bool:
    assert loaded.settings is not None
    return config_settings.version(loaded.settings) == version.version


def _in_force(db: sqlite3.Connection) -> Version:
    """The version in force, or that was until the exchange stopped. Raises UnknownVersion."""
    newest = next(kept_versions(db, 1), None)
    if newest is None:
        raise UnknownVersion("no version is kept yet; fix: start the exchange once")
    return newest


def _main(version: Version, where: Where) -> Path:
    """The file that the exchange is started with."""
    return where.config or Path(next(iter(version.files)))


def _show(changes: Sequence[Change], options: argparse.Namespace, *, nothing: str) -> int:
    if options.json:
        print_json([row_of(change) for change in changes])
        return DONE
    for change in changes:
        print(change)
    if not changes:
        print(nothing)
    return DONE


# ---- rollback --------------------------------------------------------------------------------


def _rollback(options: argparse.Namespace, where: Where, *, db: sqlite3.Connection) -> int:
    version = named_version(db, options.version)
    files = placed(version.files, _main(version, where))
    main = next(iter(files))
    loaded = site_file.load(main, version.overrides, files=files)
    for problem in loaded.problems:
        print(problem, file=sys.stderr)
    if loaded.errors:
        return complain("nothing is changed: this pbx does not take that version", WRONG)
    plan = planned(files)
    if options.dry_run:
        _tell(plan)
        return DONE
    for line in put_back(plan, time.strftime("%Y%m%d-%H%M%S")):
        print(line)
    if plan.is_done:
        print(f"the files are those of {version.version} already")
    if options.reload:
        return at_socket(options, _reload)
    print("not in force yet: `pbx ctl config.reload` does that")
    return DONE


def _tell(plan: Plan) -> None:
    for path in plan.writes:
        print(f"would write {path}")
    for path in plan.extra:
        print(f"would move {path} aside")
    if plan.is_done:
        print("would change nothing")


def _reload(socket: Path) -> int:
    with Client(socket) as client:
        client.call("config.reload")
    print("in force")
    return DONE
