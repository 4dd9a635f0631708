"""`pbx erlang` as a process: figures as JSON and as a table, and what it says of bad input."""

from __future__ import annotations

import json

import pytest

from kernel import erlang
from tests.site import run_pbx

HALF_HOUR = "--calls 100 --per 30m --aht 180 --within 20"


def figures(words: str) -> dict[str, float]:
    done = run_pbx("erlang", *words.split(), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_c_says_what_callers_meet():
    found = figures(f"c {HALF_HOUR} --agents 14")
    assert found["n"] == found["agents"] == 14
    assert found["a"] == pytest.approx(10)
    assert found["p_wait"] == pytest.approx(0.174131933595)
    assert found["service_level"] == pytest.approx(0.888350019179)
    assert found["asa_s"] == pytest.approx(7.83593701178)
    assert found["mean_queue"] == pytest.approx(0.435329833988)


def test_c_finds_the_agents_for_a_target():
    assert figures(f"c {HALF_HOUR} --target 0.8")["agents"] == 14
    assert figures("c --erlangs 10 --aht 5m --target 98% --within 20s")["agents"] == 17


def test_c_without_a_handling_time_still_knows_who_waits():
    found = figures("c --erlangs 10 --agents 14")
    assert found["p_wait"] == pytest.approx(0.174131933595)
    assert "asa_s" not in found


def test_a_says_who_hangs_up_under_the_names_of_the_reference():
    found = figures("a --calls 48 --per 60s --aht 60 --agents 50 --patience 2m --within 20")
    assert found["p_abandon"] == pytest.approx(0.0309122491622)
    assert found["mean_wait_s"] == pytest.approx(3.70946989946)
    assert found["asa_answered_s"] == pytest.approx(3.61590023955)
    assert found["sl_offered"] == pytest.approx(0.943018954747)
    assert found["p_wait_gt_T"] == pytest.approx(0.0271356082922)


def test_a_finds_the_agents_for_a_target_and_the_patience_from_abandons():
    assert figures("a --calls 960 --per 1h --aht 180 --patience 120 --target 0.8")["agents"] == 48
    found = figures("a --calls 960 --per 1h --aht 180 --agents 50 --abandoned 0.0444757785458")
    assert found["patience_s"] == pytest.approx(120, rel=1e-6)


def test_b_finds_the_third_of_lines_load_and_blocking():
    assert figures("b --erlangs 5 --lines 10")["blocking"] == pytest.approx(0.0183845703366)
    assert figures("b --calls 100 --aht 3m --lines 10")["carried"] == pytest.approx(
        erlang.carried(10, 10)
    )
    assert figures("b --erlangs 5.5 --blocking 1%")["n"] == 12
    assert figures("b --lines 10 --blocking 0.01")["a"] == pytest.approx(4.46117685758)
    again = figures("b --erlangs 5.5 --blocking 3% --retry 0.5")
    assert again["n"] == 11
    assert again["total_offered"] == pytest.approx(5.54167273145)


def test_agents_may_be_fractional():
    assert figures("c --erlangs 10 --agents 14.5")["n"] == 14.5


def test_a_table_shows_a_target_between_its_neighbours():
    done = run_pbx("erlang", "c", *HALF_HOUR.split(), "--target", "0.8")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["n", "12", "13", "14", "15", "16"]
    assert ["asa_s", "40.4", "s", "17.1", "s", "7.8", "s", "3.7", "s", "1.7", "s"] in lines
    assert done.stdout.count("88.84 %") == 1


def test_a_table_of_a_small_queue_leaves_out_what_is_not_stable():
    done = run_pbx("erlang", "c", "--erlangs", "0.1", "--aht", "60", "--target", "0.8")
    assert done.stdout.splitlines()[0].split() == ["n", "1", "2", "3"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("c --erlangs 20 --agents 14", "grows without limit"),
        ("c --erlangs nan --agents 14", "nan erlangs"),
        ("c --erlangs 1e300 --agents 14", "1e+300 erlangs"),
        ("c --erlangs 10 --agents -3", "-3 servers"),
        ("c --erlangs 10", "--agents, or the service level --target"),
        ("c --erlangs 10 --agents 14 --target 0.8", "--agents, or the service level --target"),
        ("c --agents 14", "the load is --erlangs"),
        ("c --erlangs 10 --calls 5 --agents 14", "the load is --erlangs"),
        ("c --calls 100 --agents 14", "--calls takes --aht"),
        ("c --calls 100 --per 0 --aht 180 --agents 14", "--per above 0"),
        ("c --erlangs 10 --target 0.8", "takes --aht"),
        ("c --erlangs 10 --aht 0 --target 0.8", "handling time of 0"),
        ("c --erlangs 10 --aht 180 --target 100%", "service level of 1"),
        ("c --erlangs 10 --aht 180 --target 80", "no share"),
        ("c --erlangs 10 --aht 3x --agents 14", "no time"),
        ("c --erlangs ten --agents 14", "invalid float"),
        ("c --erlangs 0 --aht 180 --target 0.8", "without calls"),
        ("a --erlangs 10 --agents 14 --patience 60", "it takes --aht"),
        ("a --erlangs 10 --aht 180 --agents 14", "--patience, or the share"),
        ("a --erlangs 10 --aht 180 --target 0.8 --abandoned 0.1", "say how many"),
        ("a --erlangs 10 --aht 180 --agents 14 --abandoned 0.9", "cannot abandon"),
        ("a --erlangs 10 --aht 180 --agents 14 --patience 0", "patience of 0"),
        ("b --erlangs 10", "--lines, or the --blocking"),
        ("b --erlangs 10 --lines 5 --blocking 0.1", "two are enough"),
        ("b --lines 0 --blocking 0.1", "above 0"),
        ("b --erlangs 5 --lines 5 --retry 1", "grows without limit"),
        ("d --erlangs 10", "invalid choice"),
        ("", "required"),
    ],
)
def test_what_cannot_be_is_wrong_usage_and_says_why(words, says):
    done = run_pbx("erlang", *words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
