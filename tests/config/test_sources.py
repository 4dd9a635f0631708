"""Files that cannot be read, texts that are no TOML, and `key=value` of a command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from config.sources import BYTES_MAX, Unreadable, read_file, read_overrides

SYNTAX: dict[str, tuple[bytes, str]] = {
    "a value missing": (b"[site]\nname =\n", "2: syntax: Invalid value (column 7)"),
    "a text without its end": (b'a = "x\nb = 1', "1: syntax: Illegal character '\\n' (column 7)"),
    "a list without its end": (b"a = 1\nb = [1,\n2\n\n", "3: syntax: Unclosed array at the end"),
    "a header without its end": (
        b"\n\n[queue.sales\n",
        "3: syntax: Expected ']' at the end of a table declaration (column 13)",
    ),
    "a table twice": (
        b"[queue.a]\n[queue.a]\n",
        "2: syntax: Cannot declare ('queue', 'a') twice (column 9)",
    ),
    "a key twice": (b"[site]\nname = 'a'\nname = 'b'\n", "3: syntax: Cannot overwrite a value"),
    "no equals sign": (b"# x\r\nname 'a'\r\n", "2: syntax: Expected '=' after a key"),
    "bytes that are no UTF-8": (b"a = 1\nb = '\xff'", "2: syntax: this is not UTF-8 text"),
    "zeros": (b"\0" * 8, "1: syntax: Invalid statement (column 1)"),
}


@pytest.mark.parametrize("kind", SYNTAX)
def test_a_text_that_is_no_toml_is_refused_with_its_line(tmp_path: Path, kind: str) -> None:
    content, expected = SYNTAX[kind]
    file = tmp_path / "a.toml"
    file.write_bytes(content)
    with pytest.raises(Unreadable) as raised:
        read_file(str(file))
    assert str(raised.value).startswith(f"{file}:{expected}")


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("a = " + "[" * 20_000)
    with pytest.raises(Unreadable) as raised:
        read_file(str(file))
    assert "nested too deeply" in str(raised.value)


def test_a_file_that_is_missing_or_a_folder_or_huge_is_refused(tmp_path: Path) -> None:
    huge = tmp_path / "huge.toml"
    huge.touch()
    os.truncate(huge, BYTES_MAX + 1)
    reasons = {
        tmp_path / "none.toml": "cannot read it: No such file or directory",
        tmp_path: "cannot read it: Is a directory",
        Path("/dev/zero"): "larger than 8 MiB",
        huge: "larger than 8 MiB",
    }
    for file, reason in reasons.items():
        with pytest.raises(Unreadable) as raised:
            read_file(str(file))
        assert str(raised.value) == f"{file}: {reason}"


def test_a_byte_order_mark_and_dos_line_ends_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(b"\xef\xbb\xbf[site]\r\n\r\nname = 'a'\r\n")
    source = read_file(str(file))
    assert source.data == {"site": {"name": "a"}}
    assert source.line(("site", "name")) == 3


def test_file_names_are_meant_from_the_files_folder(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(
        "site.data = 'data'\nmedia.music = '/a.wav'\nsip = 3\ntrunk = 4\n"
        "extension.1.password_file = '../secret'\nextension.2 = 1\napi.control = ''\n"
    )
    data = read_file(str(file)).data
    assert data["site"]["data"] == f"{tmp_path}/data"
    assert data["media"]["music"] == "/a.wav"
    assert data["extension"]["1"]["password_file"] == f"{tmp_path.parent}/secret"
    assert data["api"]["control"] == ""


def test_a_source_knows_which_routes_of_all_layers_are_its_own(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[[route]]\nto = 'a'\n[[route]]\nto = 'b'\n")
    source = read_file(str(file), 5)
    assert source.routes == 2
    assert [source.has(("route", n, "to")) for n in (4, 5, 6, 7)] == [False, True, True, False]
    assert source.line(("route", 6, "to")) == 4


OVERRIDES: list[tuple[str, dict[str, Any]]] = [
    ("site.data=/tmp/a b", {"site": {"data": "/tmp/a b"}}),
    ('site.name="x"', {"site": {"name": "x"}}),
    ("site.name=12", {"site": {"name": "12"}}),
    ("site.name=", {"site": {"name": ""}}),
    ("agent.2001.pin=0012", {"agent": {"2001": {"pin": "0012"}}}),
    ("agent.2001.login=manual", {"agent": {"2001": {"login": "manual"}}}),
    ("media.ports=[1000, 2000]", {"media": {"ports": [1000, 2000]}}),
    ("queue.a.offer_s = 2.5", {"queue": {"a": {"offer_s": 2.5}}}),
    ("trunk.a.register=true", {"trunk": {"a": {"register": True}}}),
    ('queue."a b".skills.en=3', {"queue": {"a b": {"skills": {"en": 3}}}}),
    ("nothing.known=x=y", {"nothing": {"known": "x=y"}}),
]


@pytest.mark.parametrize(("text", "data"), OVERRIDES)
def test_a_key_and_a_value_on_the_command_line(text: str, data: dict[str, Any]) -> None:
    source, problems = read_overrides([text])
    assert (source.data, problems) == (data, [])


def test_several_overrides_go_together() -> None:
    source, _ = read_overrides(["site.name=a", "site.data=b", "site.name=c"])
    assert source.data == {"site": {"name": "c", "data": "b"}}


@pytest.mark.parametrize("text", ["", "=", "site", "=x", "a b=1", "a.=1", "a\nb=1", "[a]=1"])
def test_what_is_no_key_and_value_is_refused(text: str) -> None:
    source, problems = read_overrides([text])
    assert source.data == {}
    assert [problem.what.partition(" as in")[0] for problem in problems] == ["expected key=value"]


def test_an_override_below_a_value_is_refused() -> None:
    source, problems = read_overrides(["site.name=a", "site.name.first=b"])
    assert source.data == {"site": {"name": "a"}}
    assert str(problems[0]) == 'command line: site: name: first: "site.name" has a value already'
