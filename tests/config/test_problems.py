"""How a fault is said."""

from __future__ import annotations

from config.problems import Problem, printable, shown, suggestion, where


def test_a_problem_is_one_line_of_place_where_and_what() -> None:
    problem = Problem("pbx.toml", 10, 'trunk "sip1": port', "expected text, got 5060")
    assert str(problem) == 'pbx.toml:10: trunk "sip1": port: expected text, got 5060'


def test_a_warning_says_so_and_what_is_unknown_is_left_out() -> None:
    assert str(Problem("a", 0, "", "odd", is_error=False)) == "a: warning: odd"


def test_a_path_is_put_in_words() -> None:
    assert where(("trunk", "sip1", "port")) == 'trunk "sip1": port'
    assert where(("route", 1, "to")) == "route 2: to"
    assert where(("queue", "a", "relax", 0, "skills", "en")) == 'queue "a": relax 1: skills: en'
    assert where(("ami", "user", "x", "secret")) == 'ami: user "x": secret'
    assert where(("sip", "listen", 0)) == "sip: listen 1"
    assert where(()) == ""


def test_names_cannot_disturb_a_terminal() -> None:
    problem = Problem("a", 1, where(("queue", "x\x1b[2J\n\u202e")), "odd")
    assert str(problem) == 'a:1: queue "x\\x1b[2J\\n\\u202e": odd'
    assert printable("王小明 «é»") == "王小明 «é»"


def test_values_are_shown_short_and_secrets_not_at_all() -> None:
    assert shown("x" * 100) == f'"{"x" * 59}…'
    values: list[object] = [True, 1.5, [1], {}]
    assert [shown(value) for value in values] == ["true", "1.5", "a list", "a table"]
    assert shown("8264", ("agent", "1", "pin")) == "text"
    assert shown(8264, ("agent", "1", "pin")) == "a number"


def test_only_a_near_word_is_suggested() -> None:
    assert suggestion("slaes", ["support", "sales"]) == '; did you mean "sales"?'
    assert suggestion("x", ["support", "sales"]) == ""
