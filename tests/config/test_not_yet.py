"""Warnings for what is understood and not served yet."""

from __future__ import annotations

from pathlib import Path

from config.layers import load
from config.not_yet import NOT_YET, not_served
from tests.config.texts import SITE


def paths(data: dict[str, object], *patterns: str) -> list[str]:
    found = not_served(data, dict.fromkeys(patterns, "later"))
    return [".".join(map(str, finding.path)) for finding in found]


def test_a_pattern_finds_tables_values_and_items() -> None:
    data = {
        "menu": {"main": {}, "night": {"retries": 1}},
        "queue": {"a": {"record": "always"}, "b": {"record": "never", "busy_after_s": 5}},
        "sip": {"listen": ["udp:a", "tls:b"]},
        "route": [{"to": "announce:x"}, {"to": "queue:a"}],
    }
    assert paths(data, "menu.*") == ["menu.main", "menu.night"]
    assert paths(data, "queue.*.record=always") == ["queue.a.record"]
    assert paths(data, "queue.*.busy_after_s") == ["queue.b.busy_after_s"]
    assert paths(data, "sip.listen.*=tls:*") == ["sip.listen.1"]
    assert paths(data, "route.*.to=announce:*") == ["route.0.to"]


def test_what_is_empty_zero_or_false_is_off() -> None:
    data: dict[str, object] = {"trunk": {"a": {"register": False, "ping_s": 0, "host": ""}}}
    assert paths(data, "trunk.*.*") == []


def test_tables_of_another_shape_are_no_trouble() -> None:
    assert paths({"queue": 5, "route": {"to": 1}, "sip": []}, "queue.*.a", "route.*.to.x") == []


def test_the_warning_has_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    file.write_text("[voicemail.sales]\n" + SITE)
    problems = load(file, not_yet={"voicemail.*": "not served yet"}).problems
    assert [str(p) for p in problems] == [f'{file}:1: voicemail "sales": warning: not served yet']


def test_the_defaults_of_all_settings_are_served(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    file.write_text(SITE)
    assert load(file, not_yet=NOT_YET).problems == ()
