"""`kill -9` in the middle of calls: the next start closes their records, none lost, none twice."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.peers.ends import steps
from tests.peers.ends.sipp import Sipp
from tests.peers.plan import NUMBER, Plan, at_rest, unfinished_visits
from tests.ports import Ports
from tests.site import Site, run_pbx

pytestmark = pytest.mark.peer

AGENTS = [str(number) for number in range(201, 221)]
END_S = 10  # an end is right to so many seconds


class Doomed:
    """A site that is killed and started again, and what its callers saw before."""

    def __init__(self, site: Site, plan: Plan, make: Callable[..., Sipp]) -> None:
        self.site, self.plan, self._make = site, plan, make
        self.answered: list[str] = []
        self.killed_at: dict[str, float] = {}

    def round(self, number: int, after_s: float) -> None:
        """Calls at 20 a second, a kill after `after_s`, a new start."""
        prefix = f"7{number:03d}"
        callers = self._make(self.plan.gateway_port, gateway=True).with_prefix(prefix)
        callers.call(
            steps.invite(), steps.answered(), steps.acknowledge(), steps.pause(600),
            steps.hang_up(), to=self.plan.address, number=NUMBER, calls=100, rate=20,
        )  # fmt: skip
        threading.Event().wait(after_s)
        self.site.kill()
        self.killed_at[prefix] = time.time()
        callers.stop()
        self.answered += callers.answered()
        self.site.start()

    def check(self) -> None:
        """One row for each call that was answered, ended where it ended, in a whole database."""
        at_rest(self.site)
        assert self.site.stop() == 0
        assert not unfinished_visits(self.site)
        rows = self.site.rows("calls")
        found = Counter(row["calling"] for row in rows)
        assert set(self.answered) <= set(found)
        assert set(found.values()) == {1}
        for row in rows:
            assert row["ended"] <= self.killed_at[row["calling"][:4]] + END_S
            assert row["ended"] - row["started"] < END_S
        with sqlite3.connect(self.site.data / "pbx.db") as link:
            assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        link.close()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.long)])
def test_no_record_is_lost_or_doubled_by_a_kill_at_any_moment(
    serve: Callable[[str], Site],
    plan: Plan,
    sipp: Callable[..., Sipp],
    free_ports: Ports,
    kills: int,
) -> None:
    port = free_ports.one()
    doomed = Doomed(serve(plan.fixed(port, *AGENTS).toml()), plan, sipp)
    agents = sipp(port)
    agents.answer(
        steps.invited(), steps.provisional(), steps.accept(), steps.acknowledged(),
        steps.released(),
    )  # fmt: skip
    dice = random.Random(kills)
    for number in range(kills):
        doomed.round(number, after_s=dice.uniform(0.3, 2.5))
    assert doomed.answered
    doomed.check()
    replay = run_pbx("replay", doomed.site.data / "journal")
    assert replay.returncode == 0, replay.stdout + replay.stderr
