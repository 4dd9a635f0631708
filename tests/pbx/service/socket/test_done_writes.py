"""Writes done once: over a restart, a kill, a day, and past the limit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pbx.events import Refused
from pbx.service.record.rows import Forgotten, Written
from pbx.service.socket.done_writes import DoneWrites
from pbx.service.socket.params import AgentParams, PauseParams
from tests.ports import Ports
from tests.site import CallRefused, Site, until

DAY_MS = 24 * 3_600_000
WALL_MS = 1_790_000_000_000
DONE = {"done": True}


class Shelf:
    """What is kept of the writes, as the database keeps it."""

    def __init__(self, kept: int = 10) -> None:
        self.rows: dict[tuple[str, str], Written] = {}
        self.wall_ms = WALL_MS
        self.told: list[int] = []
        self._kept = kept

    def put(self, row: Written | Forgotten) -> None:
        if isinstance(row, Written):
            self.rows[row.who, row.idem] = row
        else:
            del self.rows[row.who, row.idem]

    def done_writes(self, now: int = 0) -> DoneWrites:
        """Those of a new process."""
        done_writes = DoneWrites(
            kept=self._kept, put=self.put, wall_ms=lambda: self.wall_ms, on_full=self.told.append
        )
        done_writes.restore(list(self.rows.values()), now)
        return done_writes


def keep(done_writes: DoneWrites, idem: str, now: int = 0, result: object = DONE) -> None:
    params = AgentParams(agent="2001", idem=idem)
    done_writes.keep(("ann", idem), now, method="agent.logout", params=params, result=result)


def test_another_process_answers_as_the_one_before() -> None:
    shelf = Shelf()
    before = shelf.done_writes()
    params = PauseParams(agent="2001", reason="喝茶", idem="k1")
    before.keep(("ann", "k1"), 5, method="agent.pause", params=params, result=DONE)
    no = Refused("not_found", "no agent '9'")
    keep(before, "k2", 6, no)
    after = shelf.done_writes(now=100)
    assert after.find(("ann", "k1"), 100) == ("agent.pause", params, DONE)
    assert after.find(("ann", "k2"), 100) == (
        "agent.logout", AgentParams(agent="2001", idem="k2"), no,
    )  # fmt: skip
    assert after.find(("wei", "k1"), 100) is None


@pytest.mark.parametrize(("down_ms", "found"), [(0, True), (DAY_MS - 1, True), (DAY_MS, False)])
def test_a_key_is_kept_for_a_day_however_much_of_it_nothing_ran(down_ms: int, found: bool) -> None:
    shelf = Shelf()
    keep(shelf.done_writes(), "k1")
    shelf.wall_ms += down_ms
    after = shelf.done_writes(now=7)
    assert (after.find(("ann", "k1"), 7) is not None) == found
    assert len(shelf.rows) == found


def test_the_day_goes_on_where_the_process_before_was() -> None:
    shelf = Shelf()
    keep(shelf.done_writes(), "k1")
    shelf.wall_ms += DAY_MS // 2
    after = shelf.done_writes(now=1_000)
    assert after.find(("ann", "k1"), 1_000 + DAY_MS // 2 - 1) is not None
    assert after.find(("ann", "k1"), 1_000 + DAY_MS // 2) is None
    assert shelf.rows == {}


def test_a_clock_that_was_set_back_makes_nothing_younger_than_now() -> None:
    shelf = Shelf()
    keep(shelf.done_writes(), "k1")
    shelf.wall_ms -= 10 * DAY_MS
    after = shelf.done_writes()
    assert after.find(("ann", "k1"), DAY_MS - 1) is not None
    assert after.find(("ann", "k1"), DAY_MS) is None


def test_past_the_limit_the_oldest_goes_and_it_is_told_once() -> None:
    shelf = Shelf(kept=2)
    done_writes = shelf.done_writes()
    for number in range(2):
        keep(done_writes, f"k{number}", number)
    assert shelf.told == [] and len(done_writes) == 2
    keep(done_writes, "k2", 2)
    keep(done_writes, "k3", 3)
    assert shelf.told == [2] and list(shelf.rows) == [("ann", "k2"), ("ann", "k3")]
    assert done_writes.find(("ann", "k1"), 3) is None
    keep(done_writes, "k4", DAY_MS + 10)
    assert done_writes.find(("ann", "k4"), DAY_MS + 10) is not None and len(done_writes) == 1
    for number in (5, 6):
        keep(done_writes, f"k{number}", DAY_MS + 10 + number)
    assert shelf.told == [2, 2], "full again"


def test_a_smaller_limit_lets_the_oldest_go_at_the_start() -> None:
    shelf = Shelf(kept=5)
    done_writes = shelf.done_writes()
    for number in range(5):
        shelf.wall_ms = WALL_MS + number
        keep(done_writes, f"k{number}", number)
    shelf._kept = 2
    assert len(shelf.done_writes()) == 2
    assert sorted(shelf.rows) == [("ann", "k3"), ("ann", "k4")]


@pytest.mark.parametrize(
    "row",
    [
        Written("ann", "k1", 0.0, "agent.juggle", "{}", '{"result": 1}'),
        Written("ann", "k1", 0.0, "agent.logout", "{}", '{"result": 1}'),
        Written("ann", "k1", 0.0, "agent.logout", '{"agent": "1"}', '{"refused": 7}'),
    ],
)
def test_a_row_of_another_version_is_let_go(row: Written) -> None:
    shelf = Shelf()
    shelf.put(row)
    assert len(shelf.done_writes()) == 0 and shelf.rows == {}


def a_site(port: int) -> str:
    return f"""
[sip]
listen = ["udp:127.0.0.1:{port}"]
[media]
listen = "127.0.0.1"
[limits]
idem_keys = 3
[agent.2001]
login = "manual"
queues = ["sales"]
[queue.sales]
"""


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_key_outlives_the_process_however_it_ended(
    serve: Callable[[str], Site], free_ports: Ports, end: str
) -> None:
    site = serve(a_site(free_ports.one()))
    site.ctl("agent.pause", agent="2001", reason="tea", idem="k1")
    with pytest.raises(CallRefused) as first:
        site.ctl("agent.logout", agent="9", idem="k2")
    until(lambda: len(site.rows("writes")) == 2, what="the record")
    getattr(site, end)()
    site.start()
    site.ctl("agent.unpause", agent="2001")
    assert site.ctl("agent.pause", agent="2001", reason="tea", idem="k1") == DONE
    (agent,) = site.ctl("agent.list")
    assert agent["reason"] != "tea", "it was done again"
    with pytest.raises(CallRefused) as again:
        site.ctl("agent.logout", agent="9", idem="k2")
    assert str(again.value) == str(first.value)
    with pytest.raises(CallRefused, match="another request"):
        site.ctl("agent.pause", agent="2001", reason="coffee", idem="k1")


def test_more_keys_than_the_limit_are_an_alarm(
    serve: Callable[[str], Site], free_ports: Ports
) -> None:
    site = serve(a_site(free_ports.one()))
    for number in range(4):
        site.ctl("agent.pause", agent="2001", reason="tea", idem=f"k{number}")
    alarms = until(lambda: site.ctl("system.status")["alarms"], what="an alarm")
    assert [alarm["name"] for alarm in alarms] == ["idem_keys"]
    assert "[limits] idem_keys" in alarms[0]["text"]
    until(lambda: [row["idem"] for row in site.rows("writes")] == ["k1", "k2", "k3"])
