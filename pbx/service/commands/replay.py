"""`pbx replay JOURNAL`: feed a journal through the exchange; its digests must come out equal."""

from __future__ import annotations

import argparse
from pathlib import Path

from pbx.service.commands.asking import complain
from pbx.service.exit_codes import DONE, FAILED
from pbx.service.journal.reader import JournalDamaged
from pbx.service.journal.replay import ReplayError, replay


def arguments(parser: argparse.ArgumentParser) -> None:
    """The journal."""
    parser.add_argument("journal", metavar="JOURNAL", type=Path, help="its folder, or one file")


def run(options: argparse.Namespace) -> int:
    """Replay it and print the digest."""
    if not options.journal.exists():
        return complain(f"{options.journal}: no such file or folder")
    try:
        result = replay(options.journal)
    except (ReplayError, JournalDamaged, OSError) as error:
        return complain(f"{options.journal}: {error}")
    print(
        f"digest {result.digest:016x}  records {result.first}-{result.last}"
        f"  facts {result.facts}  digests compared {result.digests}"
    )
    if result.differs_at:
        return complain(f"differs from the recorded digest at record {result.differs_at}", FAILED)
    return DONE
