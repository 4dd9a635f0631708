"""Voice quality: MOS, loss, jitter and round trip of legs, by trunk and extension."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pbx.reports.voice import voice
from tests.pbx.reports.record import DAY, Record, a_record, asked_for, at, column, total


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with a_record(tmp_path) as record:
        yield record


def sound(record: Record, call: str, **cells: Any) -> None:
    told: dict[str, Any] = {"party": "trunk:isdn", "codec": "PCMA", "mos": 4.0, "rtt_ms": None}
    leg = len(record.rows("SELECT leg FROM sounds", {})) + 1
    record.put("sounds", leg=leg, call=call, **told | cells)


def test_the_mos_of_a_party_is_the_mean_of_its_legs_and_the_worst_stands_beside(
    record: Record,
) -> None:
    call, other = record.call(at("09:00")), record.call(at("10:00"))
    sound(record, call, mos=4.4)
    sound(record, call, mos=3.599)
    sound(record, other, mos=3.6)
    sound(record, other, mos=2.0, party="extension:201")
    report = voice(asked_for(), record.rows)
    assert column(report, "party") == ["extension:201", "trunk:isdn"]
    assert column(report, "mean_mos") == [2.0, 3.866]
    assert column(report, "worst_mos") == [2.0, 3.599]
    assert column(report, "low_mos_share") == [1.0, 0.333333]
    assert (column(report, "voice_calls"), total(report, "voice_calls")) == ([1, 2], None)
    assert (total(report, "voice_legs"), total(report, "worst_mos")) == (4, 2.0)


def test_loss_is_of_all_packets_and_a_far_end_without_reports_has_no_round_trip(
    record: Record,
) -> None:
    call = record.call(at("09:00"))
    of = {"packets_out": 1_000, "far_loss": 0.05}
    sound(record, call, packets_in=900, lost=100, jitter_ms=2.5, rtt_ms=30.5, **of)
    sound(record, call, packets_in=1_000, lost=0, jitter_ms=1.25, packets_out=3_000)
    report = voice(asked_for(), record.rows)
    assert column(report, "loss") == [0.05]
    assert column(report, "far_loss") == [0.0125]
    assert column(report, "mean_jitter_ms") == [1.875]
    assert column(report, "mean_round_trip_ms") == [30.5]


def test_a_leg_on_which_nothing_came_counts_as_a_leg_only(record: Record) -> None:
    call = record.call(at("09:00"))
    sound(record, call, mos=None)
    report = voice(asked_for(), record.rows)
    assert column(report, "voice_legs") == [1]
    for name in ("mean_mos", "worst_mos", "low_mos_share", "loss", "mean_jitter_ms"):
        assert column(report, name) == [None]
    sound(record, call, mos=4.0, jitter_ms=3.0)
    assert column(voice(asked_for(), record.rows), "mean_jitter_ms") == [3.0]


def test_calls_without_sound_and_sound_without_a_call_count_nothing(record: Record) -> None:
    record.call(at("09:00"), source="import:asterisk")
    sound(record, "a call that is no more")
    report = voice(asked_for(), record.rows)
    assert (report.rows, report.totals) == ((), None)


def test_a_leg_is_one_of_the_day_its_call_began(record: Record) -> None:
    tuesday = DAY + datetime.timedelta(days=1)
    sound(record, record.call(at("23:59:59"), seconds=600))
    sound(record, record.call(at("00:00", tuesday)))
    assert total(voice(asked_for(), record.rows), "voice_legs") == 1
    assert total(voice(asked_for(tuesday), record.rows), "voice_legs") == 1
    both = voice(asked_for(days=2), record.rows)
    assert (column(both, "voice_calls"), total(both, "voice_legs")) == ([2], 2)


def test_queues_agents_and_trunks_are_those_of_the_call(record: Record) -> None:
    call = record.call(at("09:00"), queue="the 'best'", agent="7")
    sound(record, call)
    sound(record, call, party="extension:207")
    sound(record, record.call(at("09:00"), trunk="gsm"), party="trunk:gsm")

    def parties(**of: Any) -> list[str]:
        return column(voice(asked_for(**of), record.rows), "party")

    assert parties() == ["extension:207", "trunk:gsm", "trunk:isdn"]
    assert parties(trunk="gsm") == ["trunk:gsm"]
    for of in ({"queue": "the 'best'"}, {"agent": "7"}, {"trunk": "isdn"}):
        assert parties(**of) == ["extension:207", "trunk:isdn"]
    assert parties(queue="none") == []
