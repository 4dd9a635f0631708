"""`pbx export NUMBER DEST`: all that is kept of a number as a folder; the exchange may run."""

from __future__ import annotations

import argparse
import sqlite3
from pathlib import Path

from pbx.service.ask.socket_path import CONFIG, DATA
from pbx.service.commands.asking import complain, reason_of
from pbx.service.exit_codes import DONE, FAILED, WRONG
from pbx.service.journal.reader import JournalDamaged
from pbx.service.privacy.export import Manifest, export
from pbx.service.site_file import load


def arguments(parser: argparse.ArgumentParser) -> None:
    """The number, the folder to make, and where the data are."""
    parser.add_argument("number", metavar="NUMBER", help="with or without its prefixes")
    parser.add_argument("dest", metavar="DEST", type=Path, help="a folder, which is made")
    parser.add_argument("--exact", action="store_true", help="all digits are equal, not the last 9")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--config", metavar="FILE", type=Path, help=f"default: {CONFIG}")
    group.add_argument("--data", metavar="DIR", type=Path, help="the data directory")


def run(options: argparse.Namespace) -> int:
    """Export it and say what was found where."""
    folder = _folder(options)
    if isinstance(folder, str):
        return complain(folder, WRONG)
    if not (folder / "pbx.db").exists():
        return complain(f"{folder}: no pbx.db is there; fix: name the data directory with --data")
    try:
        found = export(folder, options.dest, number=options.number, is_exact=options.exact)
    except ValueError as error:
        return complain(str(error), WRONG)
    except FileExistsError:
        return complain(f"{options.dest} is there already; fix: name a folder that is not")
    except OSError as error:
        return complain(f"{error.filename or options.dest}: {reason_of(error)}")
    except (sqlite3.Error, JournalDamaged) as error:
        what = f"{options.dest} is not whole"
        return complain(f"{folder}: cannot be read: {error}; {what}", FAILED)
    _print(found)
    return DONE


def _folder(options: argparse.Namespace) -> Path | str:
    """The data directory, or what is wrong with the configuration that would tell."""
    if options.data is not None:
        return Path(options.data)
    if options.config is None and not CONFIG.exists():
        return DATA
    loaded = load(options.config or CONFIG)
    if loaded.settings is None:
        return "\n".join(str(problem) for problem in loaded.errors)
    return Path(loaded.settings.site.data)


def _print(found: Manifest) -> None:
    width = max(len(place.place) for place in found.places)
    for place in found.places:
        print(f"{place.place:{width}}  {place.count}")
    for path in found.missing:
        print(f"missing: recordings/{path}")
    for path in found.not_read:
        print(f"not read: {path}")
