"""`pbx report` and `pbx verify-figures`, typed on real records."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest

from pbx.reports.headed import TITLES
from pbx.reports.reports import BUNDLES, REPORTS
from pbx.service import cli
from pbx.service.record.versions import Version
from tests.pbx.service.record.call_notes import START_MS, notes_of
from tests.pbx.service.record.store_site import Site

DAY = "2026-09-21"  # of START_MS
CONFIG = """
[site]
timezone = "Europe/Berlin"
language = "zh"
data = "{data}"
[queue.sales]
[extension.201]
contact = "sip:192.0.2.11:5060"
[agent.2001]
extension = "201"
queues = ["sales"]
[team.inbound]
agents = ["2001"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A site whose record has ten calls, each of 8 s of waiting and a minute of talk."""
    site = Site(tmp_path)
    site.keep(note for n in range(10) for note in notes_of(n))
    file = tmp_path / "pbx.toml"
    file.write_text(CONFIG.format(data=tmp_path))
    return file


def typed(*words: object) -> int:
    return cli.main([str(word) for word in words])


def on_the_day(*words: object) -> tuple[object, ...]:
    return (*words, "--from", DAY, "--to", DAY)


def told(capfd: pytest.CaptureFixture[str], *words: object) -> str:
    assert typed(*words) == 0
    return capfd.readouterr().out


def test_without_a_name_every_report_is_listed(
    config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = told(capfd, "report", "--config", config, "--language", "en")
    assert {line.split()[0] for line in out.splitlines()} == {"name", *TITLES}
    assert TITLES.keys() == REPORTS.keys() | BUNDLES.keys()


def test_a_report_is_a_table_in_the_site_s_language(
    config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = told(capfd, *on_the_day("report", "queues", "--config", config))
    assert "队列报表" in out
    (row,) = (line.split() for line in out.splitlines() if line.startswith("sales"))
    assert row[1:4] == ["10", "10", "0"]


@pytest.mark.parametrize("name", TITLES)
def test_every_report_is_made_of_a_record_and_of_an_empty_one(
    name: str, config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = told(capfd, *on_the_day("report", name, "--config", config, "--format", "json"))
    assert json.loads(text)
    (tmp_path / "empty").mkdir()
    Site(tmp_path / "empty").keep([])
    words = ("report", name, "--config", config, "--data", tmp_path / "empty", "--format", "json")
    assert json.loads(told(capfd, *words))


def test_a_file_is_written_in_the_format_of_its_name(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "queues.csv"
    words = on_the_day("report", "queues", "--config", config, "--language", "en")
    assert told(capfd, *words, "--output", file) == ""
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
    head = next(row for row in rows if row and row[0] == "queue")
    (sales,) = (row for row in rows if row and row[0] == "sales")
    assert dict(zip(head, sales, strict=True))["offered"] == "10"


def test_intervals_take_their_length_and_filters(
    config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = on_the_day("report", "intervals", "--config", config, "--format", "json")
    for more, rows, offered in (
        (("--by", "15m"), 96, 10),
        (("--by", "1h", "--queue", "sales"), 24, 10),
        (("--queue", "other"), 1, 0),
    ):
        (report,) = json.loads(told(capfd, *words, *more))["reports"]
        assert len(report["rows"]) == rows
        place = [column["name"] for column in report["columns"]].index("offered")
        assert report["totals"][place] == offered


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nonsense",), 2, 'no report "nonsense"; fix: one of intervals'),
        (("queues", "--from", "2026-12-02", "--to", "2026-12-01"), 2, "is after"),
        (("queues", "--team", "nobody"), 2, 'no team "nobody"; fix: one of inbound'),
        (("queues", "--output", "x.doc"), 2, "x.doc: no format ends so"),
        (("queues", "--output", "/proc/none/x.csv"), 1, "cannot be written"),
        (("queues", "--data", "/nonexistent"), 1, "cannot read /nonexistent/pbx.db"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    words: tuple[str, ...],
    code: int,
    said: str,
    config: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert typed("report", *words, "--config", config) == code
    assert said in capfd.readouterr().err


def test_a_configuration_with_errors_is_told_of(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pbx.toml"
    file.write_text("[team.x]\nagents = ['2001']\n")
    assert typed("report", "queues", "--config", file) == 2
    assert f'{file}:2: team "x": agents 1: no agent "2001"' in capfd.readouterr().err


def test_without_a_configuration_days_are_said_to_be_those_of_utc(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert typed(*on_the_day("report", "queues", "--data", tmp_path)) == 0
    assert "days are those of UTC" in capfd.readouterr().err


def test_without_one_the_configuration_that_was_last_in_force_counts(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    version = Version("v1", 1.0, "start", (), {str(config): config.read_bytes()})
    site = Site(tmp_path)
    site.store.start(2)
    site.store.put_beside(version.row())
    site.store.close()
    assert typed(*on_the_day("report", "queues", "--data", tmp_path)) == 0
    said = capfd.readouterr()
    assert "队列报表" in said.out and "Europe/Berlin" in said.out and said.err == ""


def test_a_record_of_an_older_version_says_so(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    db = sqlite3.connect(old / "pbx.db")
    db.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, t REAL)")
    db.close()
    assert typed("report", "queues", "--config", config, "--data", old) == 1
    assert "is of an older version; fix: start this pbx on it once" in capfd.readouterr().err


# ---- verify-figures ------------------------------------------------------------------------------


def test_figures_that_are_what_the_events_say_are_proved(
    config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = told(capfd, *on_the_day("verify-figures", "--config", config))
    assert out.endswith("0 figures differ\n")


def test_each_figure_that_differs_is_named_and_made_right_by_a_rebuild(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    db = sqlite3.connect(tmp_path / "pbx.db")
    with db:
        db.execute("UPDATE queue_quarters SET offered = offered + 1 WHERE agent = ''")
        db.execute("DELETE FROM trunk_quarters")
    db.close()
    words = on_the_day("verify-figures", "--config", config)
    assert typed(*words) == 1
    said = capfd.readouterr()
    assert "queue=sales agent=: offered is 11, by the events 10" in said.out
    assert "trunk=gw: calls_in is 0, by the events 10" in said.out
    assert "fix: stop pbx and run `pbx verify-figures --rebuild`" in said.err
    assert "made anew: " in told(capfd, "verify-figures", "--rebuild", "--config", config)
    told(capfd, *words)


def test_days_whose_events_are_gone_are_said_not_to_be_proved(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    db = sqlite3.connect(tmp_path / "pbx.db")
    with db:
        db.execute("DELETE FROM events WHERE seq < 30")
    db.close()
    assert typed(*on_the_day("verify-figures", "--config", config)) == 0
    said = capfd.readouterr()
    assert "events before 2026-09-23 are gone" in said.err and "0 figures differ" in said.out


def test_a_record_is_not_made_anew_under_a_running_exchange(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    site = Site(tmp_path)
    try:
        assert typed("verify-figures", "--rebuild", "--config", config) == 1
        assert "fix: stop it first" in capfd.readouterr().err
    finally:
        site.store.close()
    assert typed("verify-figures", "--rebuild", "--from", DAY, "--config", config) == 2


def test_the_day_of_these_calls_is_the_one_that_is_asked_for() -> None:
    assert 0 <= START_MS / 1000 - 1_789_941_600 < 86_400  # midnight in Berlin
