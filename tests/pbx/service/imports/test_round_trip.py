"""Our own logs imported into an empty site: the same counts and waits of each queue."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pbx.events import Stopped
from pbx.service.exit_codes import DONE
from pbx.service.record.database import read_only
from tests.pbx.service.record.store_site import Site
from tests.site import run_pbx
from tests.test_simulation import HOUR_MS, World


class Figures(NamedTuple):
    """Of each queue: offered, outcomes, and waits in whole seconds."""

    offered: Counter[str]
    left: Counter[tuple[str, str]]
    waits_s: Counter[tuple[str, int]]


@pytest.fixture(scope="module", params=range(2))
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site after an hour of callers who do everything they may do, stopped."""
    world = World(request.param)
    world.run(HOUR_MS)
    world.desk.put(Stopped())
    site = Site(tmp_path_factory.mktemp("lived"))
    site.keep(world.desk.notes)
    return site


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(read_only(path)) as db:
        return db.execute(query).fetchall()


def figures(path: Path) -> Figures:
    found = Figures(Counter(), Counter(), Counter())
    asked = "SELECT type, queue, data FROM events WHERE type IN ('QueueEntered', 'QueueLeft')"
    for kind, queue, data in rows(path, asked):
        if kind == "QueueEntered":
            found.offered[queue] += 1
            continue
        told = json.loads(data)
        found.left[queue, told["outcome"]] += 1
        found.waits_s[queue, told["wait_ms"] // 1000] += 1
    return found


def brought(site: Site, folder: Path, *logs: str) -> Path:
    """The record of an empty site into which logs of another were imported."""
    for log in logs:
        path = site.path.parent / "asterisk" / log
        words = ("--data", folder, "--source", "old", "--timezone", "UTC")
        done = run_pbx("import", path, *words)
        assert done.returncode == DONE, done.stderr
        assert "make no sense" not in done.stderr and "go on" not in done.stderr
    return folder / "pbx.db"


def test_queue_log_gives_the_counts_and_waits_of_each_queue(lived: Site, tmp_path: Path) -> None:
    before, after = figures(lived.path), figures(brought(lived, tmp_path, "queue_log"))
    assert before.offered.total() > 400
    assert after == before


def test_master_csv_gives_each_call_with_its_first_queue(lived: Site, tmp_path: Path) -> None:
    path = brought(lived, tmp_path, "Master.csv")
    cdr = """SELECT lastapp = 'Queue', CASE WHEN lastapp = 'Queue' THEN lastdata ELSE '' END,
        dstchannel <> '' AND disposition = 'ANSWERED', count(*) FROM cdr GROUP BY 1, 2, 3"""
    calls = """SELECT queue <> '', queue, agent <> '', count(*) FROM calls
        WHERE queue <> '' GROUP BY 1, 2, 3"""
    expected = [row for row in lived.rows(cdr) if row[0]]
    assert len(expected) > 4
    assert rows(path, calls) == expected
    everything = "SELECT count(*), round(sum(ended - started), -3) FROM calls"
    assert rows(path, everything)[0][0] == lived.rows(everything)[0][0]


def test_master_csv_after_queue_log_adds_the_calls_that_no_queue_had(
    lived: Site, tmp_path: Path
) -> None:
    """Only a caller who took the place of a consultation in a queue is in both under two ids."""
    path = brought(lived, tmp_path, "queue_log", "Master.csv")
    twice = """SELECT count(DISTINCT call) FROM events WHERE type = 'QueueLeft'
        AND json_extract(data, '$.entered_as') <> ''"""
    more = figures(path).offered - figures(lived.path).offered
    assert figures(lived.path).offered - figures(path).offered == Counter()
    assert more.total() <= lived.rows(twice)[0][0] < 10
    assert rows(path, "SELECT count(*) FROM calls") == lived.rows("SELECT count(*) FROM calls")
