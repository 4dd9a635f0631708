"""`pbx test`: virtual time, far ends that do as they are told, exit codes, what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pbx.service.trial.stage import COMMANDS_MAX
from pbx.service.trial.trail import clock, is_in
from tests.pbx.service.trial.flow_site import SITE, played
from tests.shared import ROOT
from tests.site import run_pbx

EXAMPLES = sorted((ROOT / "config" / "examples").glob("*.test.toml"))
GOOD = """
[[test]]
name = "good"
steps = [{ call = "31" }, { answers = "203" }, { after_s = 90 }, { hangs_up = "caller" }]
"""
BAD = """
[[test]]
name = "bad"
steps = [
  { call = "31" },
  { talks = "203", within_s = 1 },
  { hangs_up = "caller" },
]
"""


def file_of(folder: Path, text: str, site: str = SITE) -> Path:
    (folder / "site.toml").write_text(site)
    file = folder / "site.test.toml"
    file.write_text(text)
    return file


# ---- the stage -------------------------------------------------------------------------------


def test_a_prompt_that_is_interrupted_ends_no_more(tmp_path: Path) -> None:
    """The prompt of the menu takes 2 s, its time-out 5 s from there; a key starts both anew."""
    result = played(
        tmp_path, 'call = "200"', "after_s = 1", 'press = "9"', "after_s = 8.5",
        'quiet = "203"', 'rings = "203", within_s = 0.5',
    )  # fmt: skip
    assert result.fault == "", "\n".join(result.trail)


def test_a_phone_out_of_reach_is_not_rung_and_a_silent_trunk_gives_way(tmp_path: Path) -> None:
    result = played(
        tmp_path, 'call = "100"', 'rings = "202"', 'quiet = "201"',
        'call = "0123", from = "203", as = "office"', 'quiet = "line"',
        'rings = "line", within_s = 3',
        unreachable='["201", "gateway"]',
    )  # fmt: skip
    assert result.fault == "", "\n".join(result.trail)


def test_those_are_logged_in_who_are_named_and_nobody_else(tmp_path: Path) -> None:
    result = played(
        tmp_path, 'agent = "2001", is = "logged_out"', 'agent = "2002", is = "ready"',
        'agent = "2003", is = "ready"', logged_in='["2002", "2003@203"]',
    )  # fmt: skip
    assert result.fault == ""


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("logged_in", '["2009"]', 'there is no agent "2009"'),
        ("logged_in", '["2003"]', "no phone of this agent can be reached"),
        ("logged_in", '["2003@209"]', "209"),
        ("unreachable", '["205"]', 'there is no "205"'),
    ],
)
def test_what_cannot_be_so_at_the_start_fails_before_the_first_step(
    tmp_path: Path, key: str, value: str, expected: str
) -> None:
    result = played(tmp_path, "after_s = 1", **{key: value})
    assert expected in result.fault
    assert (result.step, result.line) == (0, 1)


@pytest.mark.parametrize(
    ("at", "heard"),
    [
        ("2026-11-23 07:59", "closed"),
        ("2026-11-23 08:00", "welcome"),
        ("2026-11-22 12:00", "closed"),
    ],
)
def test_time_is_that_of_the_site(tmp_path: Path, at: str, heard: str) -> None:
    result = played(tmp_path, 'call = "200"', f'hears = "{heard}"', at=f'"{at}"')
    assert result.fault == ""


def test_opening_hours_pass_while_a_test_goes_on(tmp_path: Path) -> None:
    result = played(
        tmp_path, 'call = "200", as = "early"', 'hears = "closed", by = "early"', "after_s = 60",
        'call = "200"', 'hears = "welcome"', at='"2026-11-23 07:59"',
    )  # fmt: skip
    assert result.fault == "", "\n".join(result.trail)


def test_a_day_goes_by_in_virtual_time_only(tmp_path: Path) -> None:
    result = played(tmp_path, "after_s = 86400", 'agent = "2001", is = "ready"')
    assert (result.fault, result.took_ms) == ("", 86_400_000)


def test_a_test_that_never_comes_to_rest_is_ended(tmp_path: Path) -> None:
    waits = "max_wait_s = 604800\nannounce = { position = true, every_s = 5 }"
    site = SITE.replace('record = "always"', waits) + "[limits]\nmax_call_s = 604800\n"
    steps = 'logout = "2001"', 'logout = "2002"', 'call = "100"', "after_s = 604800"
    text = f'[[test]]\nname = "long"\nsteps = [{{ {" }, { ".join(steps)} }}]\n'
    done = run_pbx("test", file_of(tmp_path, text, site))
    assert done.returncode == 1
    assert f"step 4: over {COMMANDS_MAX} commands: is this a circle?" in done.stdout


# ---- what is heard, what is shown ------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "sounds", "expected"),
    [
        (("welcome",), ("en/welcome",), True),
        (("en/welcome",), ("en/welcome",), True),
        (("zh/welcome",), ("en/welcome",), False),
        (("music",), ("music",), True),
        (("b",), ("en/a", "en/b", "en/c"), True),
        (("b", "en/c"), ("en/a", "en/b", "en/c"), True),
        (("a", "c"), ("en/a", "en/b", "en/c"), False),
        (("a", "b"), ("en/a",), False),
    ],
)
def test_sounds_are_heard_in_a_row(
    wanted: tuple[str, ...], sounds: tuple[str, ...], expected: bool
) -> None:
    assert is_in(wanted, sounds) is expected


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0:00.0"), (67_890, "1:07.8"), (3_600_000 * 25 + 61_000, "25:01:01.0")]
)
def test_time_is_shown_as_people_read_it(ms: int, text: str) -> None:
    assert clock(ms) == text


# ---- the command -----------------------------------------------------------------------------


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_each_example_does_what_its_tests_say(file: Path) -> None:
    done = run_pbx("test", file)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].endswith(" tests, 0 failed")


def test_every_example_but_the_first_has_tests() -> None:
    sites = {file.stem for file in EXAMPLES[0].parent.glob("*.toml") if ".test" not in file.name}
    tested = {file.name.removesuffix(".test.toml") for file in EXAMPLES}
    assert tested == sites - {"first", "demo"}


def test_a_fault_is_shown_with_its_line_and_all_that_happened(tmp_path: Path) -> None:
    file = file_of(tmp_path, GOOD + BAD)
    done = run_pbx("test", file)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        "ok         1:30.0  good",
        "FAILED     0:01.0  bad",
        f"{file}:10: step 2: expected 203 to talk with caller; got: it talks with nobody",
        "       0:00.0  caller calls 31",
        "       0:00.0  203 rings for 5551000",
        "       0:00.0  caller hears ringback",
        "2 tests, 1 failed",
    ]


def test_results_come_as_json_too(tmp_path: Path) -> None:
    done = run_pbx("test", file_of(tmp_path, GOOD + BAD), "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1 and answer["ok"] is False
    good, bad = answer["tests"]
    assert (good["name"], good["fault"], good["took_ms"]) == ("good", "", 90_000)
    assert (bad["line"], bad["step"], len(bad["trail"])) == (10, 2, 3)


@pytest.mark.parametrize(
    ("text", "site", "said"),
    [
        (GOOD.replace("after_s", "after"), SITE, "site.test.toml:4: test 1: step 3: no step"),
        (GOOD, SITE.replace('"extension:203"', '"extension:303"'), 'site.toml:29: route 4: to: no'),
        ('config = "b.toml"\n' + GOOD, SITE, "b.toml: cannot read it"),
    ],
)
def test_a_wrong_file_or_site_is_wrong_usage(
    tmp_path: Path, text: str, site: str, said: str
) -> None:
    file = file_of(tmp_path, text, site)
    done = run_pbx("test", file)
    assert (done.returncode, said in done.stdout) == (2, True), done.stdout
    as_json = run_pbx("test", file, "--json")
    assert as_json.returncode == 2
    assert json.loads(as_json.stdout)["problems"]


def test_a_warning_about_the_site_stops_no_test(tmp_path: Path) -> None:
    site = SITE + '[queue.spare]\n[agent.2009]\nlogin = "manual"\nqueues = ["spare"]\n'
    assert run_pbx("test", file_of(tmp_path, GOOD, site)).returncode == 0
