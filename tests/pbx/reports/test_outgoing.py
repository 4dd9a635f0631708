"""Calls out: who dialled, on how many days, how many were reached."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.queue_settings import Agent
from config.report_settings import Team
from config.settings import Settings
from pbx.reports.outgoing import outgoing, outgoing_times
from tests.pbx.reports.record import DAY, SITE, Record, a_record, asked_for, at, column, total

AGENTS = {"7": Agent(name='Ann "O\'Hara"', extension="201"), "8": Agent(name="Bob")}
SETTINGS = Settings(site=SITE, agent=AGENTS, team={"b": Team(agents=("8",))})
TUESDAY = DAY + datetime.timedelta(days=1)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with a_record(tmp_path) as record:
        yield record


def test_a_phone_of_an_agent_dials_for_the_agent_and_another_for_itself(record: Record) -> None:
    record.dial(at("09:00"), ring=4, talk=60)
    record.dial(at("09:30"), ring=9, talk=31.5)
    record.dial(at("10:00"), ring=30)
    record.dial(at("10:00", TUESDAY), ring=30)
    record.dial(at("11:00"), talk=10, source="extension:202")
    report = outgoing(asked_for(days=2, settings=SETTINGS), record.rows)
    assert column(report, "caller") == ["202", "7"]
    assert column(report, "name") == ["", 'Ann "O\'Hara"']
    assert column(report, "dials") == [1, 4]
    assert column(report, "dial_answer_rate") == [1.0, 0.5]
    assert column(report, "mean_dial_ring_s") == [5.0, 6.5]
    assert column(report, "dial_talk_s") == [10.0, 91.5]
    assert column(report, "dials_a_day") == [1.0, 2.0]
    assert (total(report, "dials"), total(report, "dials_a_day")) == (5, 2.5)


def test_a_dial_after_midnight_is_one_of_the_next_day(record: Record) -> None:
    record.dial(at("23:59:59"), talk=90)
    record.dial(at("00:00:00", TUESDAY), talk=90)
    assert total(outgoing(asked_for(), record.rows), "dials") == 1
    assert total(outgoing(asked_for(days=2), record.rows), "dials_a_day") == 1.0


def test_calls_in_and_inside_are_no_dials(record: Record) -> None:
    record.call(at("09:00"))
    record.dial(at("09:00"), direction="internal")
    report = outgoing(asked_for(), record.rows)
    assert (report.rows, report.totals) == ((), None)


def test_agents_teams_and_trunks_are_asked_for(record: Record) -> None:
    record.dial(at("09:00"))
    record.dial(at("09:00"), source="import:asterisk", calling="6001", trunk="gsm")
    record.dial(at("09:00"), source="import:asterisk", calling="6001", agent="8")

    def callers(**of: Any) -> list[str]:
        return column(outgoing(asked_for(settings=SETTINGS, **of), record.rows), "caller")

    assert callers() == ["6001", "7", "8"]
    assert callers(agent="7") == ["7"]
    assert callers(team="b") == ["8"]
    assert callers(trunk="gsm") == ["6001"]
    assert callers(agent="'; DROP TABLE calls") == []


def test_what_came_in_by_a_trunk_and_went_out_again_is_the_trunks(record: Record) -> None:
    record.dial(at("09:00"), source="trunk:gsm")
    assert column(outgoing(asked_for(), record.rows), "caller") == ["trunk:gsm"]


def test_a_call_that_says_answered_but_never_connected_has_no_ring_or_talk(record: Record) -> None:
    record.dial(at("09:00"), outcome="answered", talk_s=60)
    report = outgoing(asked_for(), record.rows)
    assert column(report, "dials_answered") == [0]
    assert (column(report, "dial_talk_s"), column(report, "mean_dial_ring_s")) == ([0.0], [None])


def test_the_day_the_clock_is_set_back_has_25_hours_of_dials(record: Record) -> None:
    october = datetime.date(2026, 10, 25)
    second_2_am = at("00:00", october) + 3 * 3600
    record.dial(second_2_am + 60, talk=3)
    record.dial(second_2_am - 3600, talk=3)
    report = outgoing_times(asked_for(october, by="1h"), record.rows)
    assert column(report, "begin")[2:5] == [
        "2026-10-25 02:00", "2026-10-25 02:00", "2026-10-25 03:00",
    ]  # fmt: skip
    assert column(report, "dials")[1:5] == [0, 1, 1, 0]
    assert (len(report.rows), total(report, "dials_answered")) == (25, 2)


def test_a_week_holds_only_the_days_asked_for(record: Record) -> None:
    record.dial(at("09:00"))
    record.dial(at("09:00", TUESDAY))
    report = outgoing_times(asked_for(TUESDAY, by="week"), record.rows)
    assert report.rows[0][:2] == ("2026-W48", 1)


def test_a_stretch_without_dials_is_told(record: Record) -> None:
    report = outgoing_times(asked_for(days=2), record.rows)
    assert column(report, "begin") == ["2026-11-23", "2026-11-24"]
    assert column(report, "dial_answer_rate") == [None, None]
