"""Layers over layers, where each value is from, and everything wrong at once."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.layers import Loaded, load
from config.settings import Queue, Route
from tests.config.texts import SITE
from tests.shared import ROOT


def a_site(folder: Path, text: str = SITE, **more: str) -> Path:
    (folder / "conf.d").mkdir()
    for name, content in more.items():
        (folder / "conf.d" / f"{name}.toml").write_text(content)
    file = folder / "pbx.toml"
    file.write_text(text)
    return file


def said(loaded: Loaded, folder: Path) -> list[str]:
    return [str(problem).replace(f"{folder}/", "") for problem in loaded.problems]


def test_a_later_layer_wins_key_by_key(tmp_path: Path) -> None:
    file = a_site(
        tmp_path,
        SITE + "[queue.sales.service_level]\nwithin_s = 30\n[sip]\ndscp = 1\n",
        a="[queue.sales]\noffer_s = 20\nwrap_up_s = 5\n",
        b="[queue.sales]\noffer_s = 25\nservice_level.target = 0.9\n[site]\nname = 'b'\n",
    )
    loaded = load(file, ["queue.sales.wrap_up_s=7"])
    assert loaded.settings is not None
    queue = loaded.settings.queue["sales"]
    assert (queue.offer_s, queue.wrap_up_s, queue.max_wait_s) == (25, 7, 3600)
    assert (queue.service_level.target, queue.service_level.within_s) == (0.9, 30)
    assert loaded.settings.site.name == "b"


def test_each_value_knows_its_layer(tmp_path: Path) -> None:
    file = a_site(tmp_path, a="[queue.sales]\noffer_s = 20\nwrap_up_s = 5\n")
    loaded = load(file, ["queue.sales.wrap_up_s=7"])
    origins = [loaded.origin(("queue", "sales", key)) for key in ("offer_s", "wrap_up_s", "order")]
    assert origins == [f"{tmp_path}/conf.d/a.toml", "command line", "defaults"]
    assert loaded.origin(("trunk", "gateway", "host")) == str(file)


def test_a_list_replaces_a_list_and_routes_are_added(tmp_path: Path) -> None:
    file = a_site(
        tmp_path,
        "[media]\ncodecs = ['PCMU']\n" + SITE,
        b="[[route]]\ncalled = '2'\nto = 'hangup'\n",
        a="[media]\ncodecs = ['PCMA']\n[[route]]\ncalled = '1'\nto = 'hangup'\n",
    )
    loaded = load(file)
    assert loaded.settings is not None
    assert loaded.settings.media.codecs == ("PCMA",)
    assert [route.called for route in loaded.settings.route] == ["4001", "1", "2"]


def test_a_fault_in_an_added_route_is_found_in_its_file(tmp_path: Path) -> None:
    file = a_site(
        tmp_path,
        a="[[route]]\ncalled = '1'\nto = 'hangup'\n",
        b="\n[[route]]\ncalled = '2'\nto = 'queue:nobody'\n[[route]]\ncalled = 5\nto = 'hangup'\n",
    )
    assert said(load(file), tmp_path) == [
        'conf.d/b.toml:4: route 3: to: no queue "nobody"',
        "conf.d/b.toml:6: route 4: called: expected text or a list of texts, got 5",
    ]


def test_only_toml_files_of_conf_d_count(tmp_path: Path) -> None:
    file = a_site(tmp_path)
    (tmp_path / "conf.d" / "a.toml.bak").write_text("nonsense")
    assert load(file).problems == ()


def test_problems_come_file_by_file_and_line_by_line(tmp_path: Path) -> None:
    file = a_site(
        tmp_path,
        "[site]\nnam = 1\n[sip]\ndscp = 99\n[queue.sales]\noverflow = 'queue:x'\n",
        z="[queue.b]\noffer_s = 0\n",
        a="[agent.1]\nqueues = ['x']\npin = 'a'\n",
    )
    assert [line.split(" ")[0] for line in said(load(file, ["site.x=1"]), tmp_path)] == [
        "pbx.toml:2:",
        "pbx.toml:4:",
        "pbx.toml:6:",
        "conf.d/a.toml:2:",
        "conf.d/a.toml:3:",
        "conf.d/z.toml:2:",
        "command",
    ]


def test_several_broken_files_are_all_named_and_nothing_is_concluded_from_the_rest(
    tmp_path: Path,
) -> None:
    file = a_site(
        tmp_path,
        a="[queue.sales\n",
        b="x = \n",
        c="[agent.9]\nqueues = ['in_a']\nxyz = 1\n",
    )
    loaded = load(file)
    assert loaded.settings is None
    assert [line.partition(" syntax")[0] for line in said(loaded, tmp_path)] == [
        "conf.d/a.toml:1:",
        "conf.d/b.toml:1:",
        'conf.d/c.toml:3: agent "9": xyz: unknown key',
    ]


def test_a_missing_file_is_an_error_and_no_exception(tmp_path: Path) -> None:
    loaded = load(tmp_path / "pbx.toml", ["site.name=a"])
    assert said(loaded, tmp_path) == ["pbx.toml: cannot read it: No such file or directory"]
    assert loaded.settings is None


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "pbx.toml").touch()
    assert load(tmp_path / "pbx.toml").settings is not None


def test_warnings_alone_do_not_keep_a_configuration_from_use(tmp_path: Path) -> None:
    file = a_site(tmp_path, SITE + "[queue.b]\n")
    loaded = load(file)
    assert loaded.settings is not None and loaded.settings.queue["b"] == Queue()
    assert len(loaded.warnings) == 2 and loaded.errors == []


def test_a_bad_command_line_does_not_hide_other_mistakes(tmp_path: Path) -> None:
    file = a_site(tmp_path, SITE + "[queue.b]\noverflow = 'queue:c'\n")
    lines = said(load(file, ["nonsense"]), tmp_path)
    assert any("expected key=value" in line for line in lines)
    assert any('no queue "c"' in line for line in lines)


def with_password_file(folder: Path, content: bytes | None, mode: int = 0o600) -> Loaded:
    if content is not None:
        (folder / "secret").write_bytes(content)
        (folder / "secret").chmod(mode)
    file = folder / "pbx.toml"
    file.write_text("[extension.201]\npassword_file = 'secret'\n")
    return load(file)


def test_a_password_file_gives_the_password(tmp_path: Path) -> None:
    loaded = with_password_file(tmp_path, b"  wWtR5Ixq9mLr2Bd0 \nmore\n")
    assert loaded.settings is not None and loaded.problems == ()
    assert loaded.settings.extension["201"].password == "wWtR5Ixq9mLr2Bd0"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, 'cannot read "{}": No such file or directory'),
        (b"\n", '"{}" holds no password in its first line'),
        (b"\xff\n", 'cannot read "{}": this is not UTF-8 text'),
    ],
)
def test_a_password_file_without_a_password_is_an_error(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    loaded = with_password_file(tmp_path, content)
    expected = f'2: extension "201": password_file: {reason.format(tmp_path / "secret")}'
    assert str(loaded.errors[0]) == f"{tmp_path}/pbx.toml:{expected}"


def test_a_password_file_for_all_to_read_is_a_warning(tmp_path: Path) -> None:
    loaded = with_password_file(tmp_path, b"wWtR5Ixq9mLr2Bd0", 0o644)
    assert "readable by everybody" in loaded.warnings[0].what


def test_a_password_and_a_password_file_are_one_too_many(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    file.write_text("[trunk.a]\nhost = 'a'\npassword = 'x'\npassword_file = 'y'\n")
    lines = "\n".join(said(load(file), tmp_path))
    assert 'pbx.toml:4: trunk "a": password_file: give either password or password_file' in lines


def test_no_problem_shows_a_secret(tmp_path: Path) -> None:
    file = a_site(
        tmp_path,
        "[extension.201]\npassword = 'hunter2'\n[extension.202]\npassword = 7654321\n"
        "[agent.1]\npin = 'secret1'\n[ami.user.a]\nsecret = 'hunter3'\n"
        "[voicemail.a]\npin = '765'\n",
    )
    lines = "\n".join(said(load(file), tmp_path))
    words = ("hunter2", "7654321", "secret1", "hunter3", "765")
    assert lines.count("\n") >= 3 and not any(word in lines for word in words)


def test_the_first_example_loads_without_an_error() -> None:
    loaded = load(ROOT / "config" / "examples" / "first.toml")
    assert loaded.settings is not None
    assert loaded.settings.route[1] == Route(
        from_="extensions", called="9*", strip=1, to="trunk:gateway"
    )
    assert {problem.what for problem in loaded.problems} == {
        "this is easy to guess; take 20 random characters"
    }


def a_big_site(agents: int) -> str:
    tables = "".join(
        f'[extension.{n}]\nname = "Agent {n}"\npassword = "wWtR5Ixq9mLr2Bd{n}"\n'
        f'[agent.{n}]\nname = "Agent {n}"\nextension = "{n}"\npin = "82{n}6"\n'
        f'skills = {{ sales = 3, en = 2 }}\nqueues = ["sales"]\nlogin = "auto"\n'
        for n in range(2000, 2000 + agents)
    )
    return (
        tables
        + "[queue.sales]\nskills = { sales = 1, en = 1 }\n"
        + ('[[route]]\ncalled = "4001"\nto = "queue:sales"\n')
    )


def calls_to_load(file: Path) -> int:
    """How many functions are called to load a file: its work, whatever the machine."""
    called = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal called
        called += event == "call"

    sys.setprofile(count)
    try:
        loaded = load(file)
    finally:
        sys.setprofile(None)
    assert loaded.settings is not None and loaded.problems == ()
    return called


def test_ten_times_the_agents_are_ten_times_the_work_to_load(tmp_path: Path) -> None:
    files = {}
    for agents in (1, 40, 400):
        files[agents] = tmp_path / f"{agents}.toml"
        files[agents].write_text(a_big_site(agents))
    load(files[1])  # what is made once only
    assert calls_to_load(files[400]) < 10.5 * calls_to_load(files[40])


MARKS = st.sampled_from(["", "=", "[", "[[", "]", '"', "'''", "route", ".", "[a]", "\n", ","])
VALUES = st.sampled_from(
    ["1", "-1e999", "nan", "true", "[]", "{}", "[{}]", "'\x7f'", '"\\u0000"', "1979-05-27", '"a:b"']
)
PIECES = [piece for line in SITE.splitlines() for piece in (*line.partition(" = "), "\n")]


@given(st.lists(st.tuples(st.integers(0, len(PIECES) + 1), st.one_of(MARKS, VALUES)), max_size=6))
def test_no_file_however_odd_raises(tmp_path_factory: pytest.TempPathFactory, edits: Any) -> None:
    pieces = [*PIECES, "password_file = ", '"x"']
    for place, odd in edits:
        pieces[place] = odd
    file = tmp_path_factory.getbasetemp() / "odd.toml"
    file.write_text("".join(pieces))
    loaded = load(file)
    assert (loaded.settings is None) == bool(loaded.errors)
    assert all(str(problem).isprintable() for problem in loaded.problems)
