"""The examples of docs/privacy.md: its configurations, its commands, its figures."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from config.layers import load
from config.settings import Retention as Limits
from pbx.service.privacy.number import DIGITS_MIN
from pbx.service.record.expiry import Retention
from pbx.service.socket.done_writes import KEPT_MS
from pbx.service.socket.masked import SHORT_MAX
from tests.documents import Document, Shell
from tests.pbx.service.privacy.kept import keep
from tests.shared import ROOT
from tests.site import Site

PRIVACY = Document("privacy.md")
DAY_S = 86_400


def test_every_block_is_run() -> None:
    assert PRIVACY.kinds == {"toml", "console"}


@pytest.mark.parametrize("block", PRIVACY.blocks("toml"))
def test_each_configuration_is_right(block: str, tmp_path: Path) -> None:
    (tmp_path / "pbx.toml").write_text(block)
    loaded = load(tmp_path / "pbx.toml")
    assert not loaded.errors and not loaded.warnings


def test_what_is_typed_prints_what_is_shown(tmp_path: Path) -> None:
    site = Site(tmp_path, "")
    keep(site.data)
    shell = Shell(site)
    for block in PRIVACY.blocks("console"):
        shell.check(block)


def test_the_ages_are_those_of_the_defaults() -> None:
    defaults = tomllib.loads((ROOT / "config" / "defaults.toml").read_text())
    for table, key, unit in (
        ("retention", "calls_days", 1),
        ("retention", "events_days", 1),
        ("recording", "age_max_s", DAY_S),
        ("journal", "age_max_s", DAY_S),
    ):
        days = defaults[table][key] // unit
        assert re.search(rf"`\[{table}\] {key}` \({days}( days)?\)", PRIVACY.text), key
    assert f"{KEPT_MS // 3_600_000} hours" in PRIVACY.text


def test_numbers_and_masks_are_as_the_code_has_them() -> None:
    assert f"Numbers of up to {SHORT_MAX} digits stay" in PRIVACY.text
    assert f"at least {DIGITS_MIN} digits" in PRIVACY.text


def test_the_line_of_a_day_reads_as_shown(tmp_path: Path) -> None:
    told: list[str] = []
    retention = Retention(tmp_path, Limits(), put=lambda row: None, on_told=told.append)
    retention.expiry.deleted.update(calls=120, events=1088)
    retention.tell(0)
    retention.tell(DAY_S)
    shown = re.search(r"`(retention: [^`]*)…`", PRIVACY.text)
    assert shown is not None and told[0].startswith(shown[1].strip())
