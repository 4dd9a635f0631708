"""`pbx restore SRC`: a backup put in the place of a data directory; what was there stays beside."""

from __future__ import annotations

import argparse
import sqlite3
import time
import tomllib
from pathlib import Path

from pbx.service.ask.site_options import add_site, site_told
from pbx.service.backup.manifest import BackupError
from pbx.service.backup.restore import Place, restore
from pbx.service.commands.asking import complain, reason_of
from pbx.service.exit_codes import DONE, WRONG
from pbx.service.record.database import FILE


def arguments(parser: argparse.ArgumentParser) -> None:
    """The backup, and where it goes."""
    parser.add_argument("src", metavar="SRC", type=Path, help="what pbx backup has made")
    parser.add_argument("--dry-run", action="store_true", help="only check, and say what is done")
    add_site(parser)


def run(options: argparse.Namespace) -> int:
    """Restore, and say what was done. The configuration is put back where --config says; without
    it the files stay in the backup."""
    config: Path | None = options.config
    try:
        where = site_told(options)
    except (OSError, tomllib.TOMLDecodeError) as error:
        said = f"{config}: {reason_of(error)}"
        return complain(f"{said}; fix: say where the data goes with --data", WRONG)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    place = Place(where.data, config)
    try:
        for line in restore(options.src, place, stamp=stamp, is_dry_run=options.dry_run):
            print(line)
    except BackupError as error:
        return complain(str(error))
    except sqlite3.Error as error:
        return complain(f"not restored: its {FILE}: {error}; fix: take another backup")
    except OSError as error:
        return complain(f"not restored: {error.filename}: {reason_of(error)}")
    if config is None:
        print("the configuration stays as it is; --config FILE puts back that of the backup")
    return DONE
