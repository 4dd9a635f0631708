"""`pbx backup DEST`: a whole copy of the site, while calls run; DEST a folder, .tar or .tar.gz."""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import sys
import time
import tomllib
from pathlib import Path

from pbx.service.ask.site_options import add_site, site_told
from pbx.service.backup.backup import Site, back_up
from pbx.service.backup.manifest import BackupError
from pbx.service.commands.asking import complain, reason_of
from pbx.service.exit_codes import DONE, FAILED, WRONG
from pbx.service.progress import Progress
from pbx.service.record.disk import in_mb
from pbx.service.stdout import print_json

NICE = 10  # calls come first


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, what of, and the form."""
    parser.add_argument("dest", metavar="DEST", type=Path, help="a new folder, .tar or .tar.gz")
    parser.add_argument("--no-recordings", action="store_true", help="all but the recordings")
    parser.add_argument("--json", action="store_true", help="JSON instead of a line")
    add_site(parser)


def run(options: argparse.Namespace) -> int:
    """Back up, and say what is in it."""
    try:
        where = site_told(options)
    except (OSError, tomllib.TOMLDecodeError) as error:
        said = f"{options.config}: {reason_of(error)}"
        return complain(f"{said}; fix: say where the data is with --data", WRONG)
    os.nice(NICE)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAILED))  # what was written goes
    begun, progress = time.monotonic(), Progress("backing up")
    try:
        manifest = back_up(
            Site(where.data, where.config),
            options.dest,
            has_recordings=not options.no_recordings,
            told=progress.of,
        )
    except (BackupError, sqlite3.Error) as error:
        return complain(f"no backup: {error}")
    except OSError as error:
        return complain(f"no backup: {error.filename}: {reason_of(error)}")
    finally:
        progress.end()
    figures = {
        "path": str(options.dest.absolute()),
        "files": len(manifest.files),
        "bytes": manifest.size,
        "last_seq": manifest.last_seq,
        "config": list(manifest.config),
        "seconds": round(time.monotonic() - begun, 3),
    }
    if options.json:
        print_json(figures)
        return DONE
    size = in_mb(manifest.size)
    print(f"{figures['path']}: {figures['files']} files, {size}, last event {manifest.last_seq}")
    if not manifest.config:
        print("without the configuration: name it by --config")
    return DONE
