"""Calls of Master.csv: rows of one call together, those that no queue had, what is not told."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from pbx.service.imports.master import Master
from pbx.service.imports.past_call import PastCall, Ring
from pbx.service.planning.asterisk_calls import OPEN_MAX
from pbx.service.planning.call_logs import cells_of
from pbx.service.planning.call_rows import Broken
from tests.pbx.service.planning.logs_of_calls import cdr_row

UTC = ZoneInfo("UTC")
TEN = 1_785_751_200_000  # 2026-08-03 10:00:00 UTC
AT = "2026-08-03 10:00:00"


def read(*rows: str) -> list[PastCall]:
    log = Master(UTC)
    return [*(call for row in rows for call in log.take(cells_of(row), row)), *log.rest()]


def lasting(row: str, duration: int, billed: int) -> str:
    return row.replace("70,70", f"{duration},{billed}")


def test_a_call_that_waited_before_it_was_answered_tells_its_wait() -> None:
    (call,) = read(lasting(cdr_row(AT), 90, 70))
    (visit,) = call.visits
    assert (call.calling, call.called, visit.queue) == ("5551000", "4001", "sales")
    assert (visit.outcome, visit.agent) == ("answered", "2001")
    assert (visit.wait_ms, visit.talk_ms) == (20_000, 70_000)


def test_one_that_the_queue_answered_at_once_does_not() -> None:
    (call,) = read(cdr_row(AT))
    assert call.untold == (1, 0)


def test_one_without_an_agent_waited_to_its_end() -> None:
    (call,) = read(cdr_row(AT, agent=""))
    assert (call.visits[0].outcome, call.visits[0].wait_ms) == ("abandoned", 70_000)


def test_a_row_for_each_phone_that_rang_is_one_call() -> None:
    ids = ("one", "linked")
    (call,) = read(
        lasting(cdr_row(AT, agent="SIP/201-7", disposition="NO ANSWER", ids=ids), 15, 0),
        lasting(cdr_row("2026-08-03 10:00:15", agent="SIP/202-8", ids=ids), 65, 60),
    )
    (visit,) = call.visits
    assert (call.name, call.started_ms, visit.agent) == ("linked", TEN, "SIP/202")
    assert visit.rings == [Ring("SIP/201", TEN + 15_000, 15_000)]
    assert (visit.wait_ms, visit.talk_ms) == (20_000, 60_000)


@pytest.mark.parametrize(
    ("context", "data", "expected"),
    [("gw", "SIP/201", ("in", "", "201")), ("extensions", "SIP/201", ("internal", "", "201")),
     ("extensions", "SIP/5552000@gw", ("out", "gw", ""))],
)  # fmt: skip
def test_a_call_that_no_queue_had_is_one_too(
    context: str, data: str, expected: tuple[str, str, str]
) -> None:
    row = lasting(cdr_row(AT, app="Dial"), 20, 15)
    (call,) = read(row.replace('"gw"', f'"{context}"').replace('"sales"', f'"{data}"'))
    assert (call.direction, call.trunk, call.extension) == expected
    assert (call.visits, call.outcome, call.wait_ms, call.talk_ms) == (
        [],
        "answered",
        5_000,
        15_000,
    )


def test_a_call_that_was_refused_says_so() -> None:
    calls = read(*(cdr_row(AT, app="Dial", disposition=how, ids=(how,))
                   for how in ("BUSY", "NO ANSWER", "FAILED", "CONGESTION")))  # fmt: skip
    assert [call.outcome for call in calls] == ["busy", "no_answer", "failed", "failed"]


@pytest.mark.parametrize("row", ["a,b", cdr_row(AT, disposition="MAYBE"), cdr_row("yesterday")])
def test_a_row_that_is_none_is_broken(row: str) -> None:
    with pytest.raises((Broken, ValueError)):
        read(row)


def test_calls_that_stay_open_do_not_fill_the_memory() -> None:
    log = Master(UTC)
    given = [
        call.name
        for n in range(OPEN_MAX + 2)
        for call in log.take(cells_of(cdr_row(AT, ids=(f"c{n}",))), "")
    ]
    assert given == ["c0", "c1"]
