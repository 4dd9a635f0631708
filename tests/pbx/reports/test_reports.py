"""The table of reports: each has a title, and a bundle is several of them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from pbx.reports.headed import TITLES
from pbx.reports.reports import BUNDLES, REPORTS, made
from tests.pbx.reports.record import Record, a_record, asked_for, at, column


def test_every_report_and_bundle_has_a_title_in_both_languages() -> None:
    assert set(TITLES) == {*REPORTS, *BUNDLES}
    assert all(all(title) for title in TITLES.values())


def test_a_bundle_is_of_reports_and_has_a_name_of_its_own() -> None:
    assert not set(BUNDLES) & set(REPORTS)
    for names in BUNDLES.values():
        assert set(names) <= set(REPORTS)


def test_a_month_is_shown_by_day_whatever_was_asked(tmp_path: Path) -> None:
    november = datetime.date(2026, 11, 1)
    with a_record(tmp_path) as record:
        visit(record)
        asked = asked_for(november, days=30, by="15m")
        month = made("monthly", asked, rows=record.rows)
    assert [each.name for each in month] == list(BUNDLES["monthly"])
    days = month[0]
    assert len(days.rows) == 30
    assert days.rows[22][:2] == ("2026-11-23", 1)
    assert column(month[1], "queue") == ["sales"]


def test_a_report_of_its_own_is_one(tmp_path: Path) -> None:
    with a_record(tmp_path) as record:
        reports = made("intervals", asked_for(by="1h"), rows=record.rows)
    assert [(each.name, len(each.rows)) for each in reports] == [("intervals", 24)]


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_can_be_made_of_an_empty_record(name: str, tmp_path: Path) -> None:
    with a_record(tmp_path) as record:
        (report,) = made(name, asked_for(days=7), rows=record.rows)
    assert (report.name, report.title) == (name, TITLES[name].en)


def test_what_is_not_there_is_a_key_error(tmp_path: Path) -> None:
    with a_record(tmp_path) as record, pytest.raises(KeyError):
        made("weather", asked_for(), rows=record.rows)


def visit(record: Record) -> None:
    record.put("queue_quarters", start=at("09:00"), queue="sales", agent="", offered=1)
