"""Costs: agents' time by queue, calls out by beginning, and both by call and minute."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.queue_settings import Agent
from config.report_settings import Rate
from config.settings import Settings
from pbx.reports.costs import costs, shared
from pbx.reports.report import Report
from tests.pbx.reports.record import DAY, SITE, Record, a_record, asked_for, at, column, total

RATES = {"0": Rate(per_minute=0.02), "0049": Rate(per_minute=0.1), "00": Rate(per_minute=0.5)}
SETTINGS = Settings(site=SITE, rate=RATES, agent={"7": Agent(extension="201")})  # 30 an hour
HOUR_MS = 3_600_000


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with a_record(tmp_path) as record:
        yield record


def logged_in(record: Record, agent: str, ms: int, **of: Any) -> None:
    told = {"start": at("09:00"), "state": "ready", "reason": ""} | of
    record.put("agent_quarters", agent=agent, ms=ms, **told)


def handled(record: Record, queue: str, agent: str, **counts: int) -> None:
    told: dict[str, Any] = {"start": at("09:00"), "queue": queue, "agent": agent, **counts}
    record.put("queue_quarters", **told)


def made(record: Record, **of: Any) -> Report:
    return costs(asked_for(**{"settings": SETTINGS} | of), record.rows)


def row(report: Report, what: str) -> tuple[Any, ...]:
    return report.rows[column(report, "what").index(what)]


def test_the_longest_beginning_tells_the_rate_and_a_minute_is_60_seconds(record: Record) -> None:
    record.dial(at("09:00"), called="004989", talk=90)
    record.dial(at("09:00"), called="00331", talk=30)
    record.dial(at("09:00"), called="110", talk=600)
    record.dial(at("09:00"), called="004989")
    report = made(record)
    assert column(report, "what") == ["", "00", "0049"]
    assert column(report, "dial_cost") == [0.0, 0.25, 0.15]
    assert column(report, "cost_per_call_minute") == [0.0, 0.5, 0.1]
    assert column(report, "cost_calls") == [1, 1, 1]
    assert total(report, "cost") == 0.4


def test_an_agents_hours_are_shared_by_its_handling_time(record: Record) -> None:
    logged_in(record, "7", HOUR_MS)
    logged_in(record, "7", HOUR_MS, state="paused", reason="lunch")
    logged_in(record, "8", HOUR_MS // 2)
    handled(record, "sales", "7", handled=4, talk_ms=500_000, wrap_up_ms=100_000)
    handled(record, "help", "7", handled=1, talk_ms=180_000, wrap_up_ms=20_000)
    handled(record, "help", "", offered=9)
    report = made(record)
    assert column(report, "kind") == ["queue", "queue", "no queue"]
    assert column(report, "what") == ["help", "sales", ""]
    assert column(report, "agent_cost") == [15.0, 45.0, 15.0]
    assert row(report, "sales")[2:] == (4, 500.0, 45.0, 0.0, 45.0, 11.25, 5.4)
    assert (total(report, "cost"), total(report, "cost_per_call")) == (75.0, 15.0)


def test_shares_add_up_to_the_whole() -> None:
    assert shared(100, {"a": 1, "b": 1, "c": 1}) == {"a": 33, "b": 33, "c": 34}
    assert shared(5, {"a": 0, "b": 3}) == {"a": 0, "b": 5}
    assert shared(5, {}) == {}


def test_a_queue_that_is_asked_for_has_only_its_part_of_the_agents(record: Record) -> None:
    logged_in(record, "7", HOUR_MS)
    handled(record, "it's", "7", handled=1, talk_ms=3_000)
    handled(record, "sales", "7", handled=1, talk_ms=1_000)
    record.dial(at("09:00"), called="0123", talk=60)
    report = made(record, queue="it's")
    assert (column(report, "what"), total(report, "cost")) == (["it's"], 22.5)


def test_agents_and_trunks_are_asked_for(record: Record) -> None:
    logged_in(record, "7", HOUR_MS)
    logged_in(record, "8", HOUR_MS)
    record.dial(at("09:00"), called="0123", talk=60)
    record.dial(at("09:00"), called="0123", talk=60, source="extension:299", trunk="gsm")
    assert total(made(record), "cost") == 60.04
    assert total(made(record, agent="7"), "cost") == 30.02
    assert total(made(record, trunk="gsm"), "cost") == 0.02
    assert made(record, agent="9").rows == ()


def test_a_call_over_midnight_is_of_the_day_it_began(record: Record) -> None:
    record.dial(at("23:59"), called="0123", talk=600)
    assert total(made(record), "cost") == 0.2
    assert made(record, first=DAY + datetime.timedelta(days=1)).rows == ()


def test_without_rates_and_an_hours_price_nothing_costs_anything(record: Record) -> None:
    logged_in(record, "7", HOUR_MS)
    record.dial(at("09:00"), called="0123", talk=60)
    free = costs(asked_for(settings=Settings()), record.rows)
    assert column(free, "cost") == [0.0]
    assert total(free, "cost_per_call_minute") == 0.0


def test_an_empty_record_costs_nothing(record: Record) -> None:
    assert (made(record).rows, made(record).totals) == ((), None)
