"""What earlier releases have left on disk is read: journals, their snapshots, the database.

Each sample is the demo site of its day, killed amid its calls and begun again for a moment; the
digests are those that the release of that day came to.
"""

from __future__ import annotations

import contextlib
import lzma
from pathlib import Path
from typing import NamedTuple

import pytest

from pbx.events import Configured
from pbx.exchange import Exchange
from pbx.service.journal import reader
from pbx.service.journal.replay import Feeder, recover, replay
from pbx.service.record.database import opened
from tests.shared import ROOT


class Kept(NamedTuple):
    """What a sample must come to."""

    folder: str
    digest: int
    facts: int


SITES = [
    Kept("site_v1", 0x9CEB_333E_8588_982E, 320),  # commands without a code at the release
    Kept("site_v2", 0x69FF_B609_1E78_28B3, 321),
]
OUTCOMES = {"abandoned": 13, "answered": 29, "failed": 14, "no_answer": 5}


@pytest.fixture(params=SITES, ids=lambda kept: kept.folder)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    """A sample, laid out in a folder of the test's."""
    sample = ROOT / "tests" / "pbx" / "samples" / request.param.folder
    for packed in sample.rglob("*.xz"):
        path = tmp_path / packed.relative_to(sample).with_suffix("")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(lzma.decompress(packed.read_bytes()))
    found: Kept = request.param
    return found._replace(folder=str(tmp_path))


def test_a_journal_replays_to_its_digest(kept: Kept) -> None:
    result = replay(Path(kept.folder, "journal"))
    assert (result.digest, result.facts, result.differs_at) == (kept.digest, kept.facts, 0)
    assert result.ended and result.digests == 1


def test_the_last_process_goes_on_from_its_snapshot_alone(kept: Kept) -> None:
    last = max(Path(kept.folder, "journal").iterdir())
    result = replay(last)
    assert (result.digest, result.differs_at) == (kept.digest, 0) and result.first > 290
    feeder = Feeder()
    assert recover([last], feeder) == ""
    assert isinstance(feeder.exchange, Exchange) and not feeder.exchange.state.calls


def test_the_settings_of_a_journal_are_understood(kept: Kept) -> None:
    feeder = Feeder()
    for record in reader.read(Path(kept.folder, "journal")):
        feeder.feed(record)
        if isinstance(record.body, Configured):
            assert feeder.exchange is not None
            assert feeder.exchange.settings.queue.keys() == {"sales", "support"}


def test_a_database_is_brought_up_to_date_with_every_call(kept: Kept) -> None:
    alarms: list[str] = []
    path = Path(kept.folder, "pbx.db")
    with contextlib.closing(opened(path, lambda name, text: alarms.append(name))) as db:
        counted = db.execute("SELECT outcome, count(*) FROM calls GROUP BY outcome")
        assert dict(counted.fetchall()) == OUTCOMES and alarms == []
        assert db.execute("SELECT count(*) FROM cdr").fetchone() >= (61,)
