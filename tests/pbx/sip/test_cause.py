"""Causes and statuses at the border."""

from __future__ import annotations

import pytest

from pbx.sip.cause import cause_of, code_of, is_handed_on, is_trunk_fault, rank, stated_cause


@pytest.mark.parametrize(
    ("code", "cause"),
    [(404, 1), (486, 17), (600, 17), (480, 18), (408, 18), (603, 21), (503, 41), (487, 16)],
)
def test_a_refusal_has_its_cause(code: int, cause: int) -> None:
    assert cause_of(code) == cause


@pytest.mark.parametrize(("code", "cause"), [(302, 20), (499, 41), (599, 41), (699, 21), (0, 16)])
def test_a_status_not_in_the_table_goes_by_its_class(code: int, cause: int) -> None:
    assert cause_of(code) == cause


def test_a_stated_cause_wins_over_the_table() -> None:
    assert cause_of(480, ["SIP;cause=200", "Q.850 ; cause=19 ;text=x"]) == 19
    assert cause_of(480, ['SIP;cause=200;text="a, b", Q.850;text="c;cause=3";cause=16']) == 16


@pytest.mark.parametrize(
    "reason", ["", "Q.850", "Q.850;cause=", "Q.850;cause=0", "Q.850;cause=999", "Q.850;cause=-1",
               "SIP;cause=16", 'Q.850;text="x;cause=16', "Q.850;cause=\u0661\u0666"],
)  # fmt: skip
def test_a_reason_without_a_usable_cause_counts_for_nothing(reason: str) -> None:
    assert stated_cause(reason) == 0


@pytest.mark.parametrize(
    ("cause", "code"),
    [(1, 404), (16, 480), (17, 486), (19, 480), (21, 403), (26, 480), (34, 503), (41, 503)],
)
def test_a_cause_refuses_with_its_status(cause: int, code: int) -> None:
    assert code_of(cause) == code


def test_an_unknown_cause_is_our_own_fault() -> None:
    assert code_of(120) == 500


@pytest.mark.parametrize("code", [401, 407, 408, *range(500, 607)])
def test_silence_a_5xx_and_a_login_not_taken_are_the_trunks_fault(code: int) -> None:
    assert is_trunk_fault(cause_of(code), code) is (code < 600)


@pytest.mark.parametrize(
    "code", [400, 402, 403, 404, 410, 480, 481, 484, 486, 487, 488, 491, 600, 603, 604, 606]
)
def test_what_the_called_party_says_is_not(code: int) -> None:
    assert not is_trunk_fault(cause_of(code), code)


@pytest.mark.parametrize("cause", [18, 27, 34, 38, 41, 42])
def test_a_fault_of_the_way_without_a_status_is(cause: int) -> None:
    assert is_trunk_fault(cause, 0)


def test_a_gateway_that_names_congestion_in_a_refusal_of_another_kind_is_believed() -> None:
    assert is_trunk_fault(cause_of(480, ["Q.850;cause=34"]), 480)
    assert not is_trunk_fault(cause_of(480, ["Q.850;cause=19"]), 480)
    assert not is_trunk_fault(17, 0)


@pytest.mark.parametrize("code", [300, 301, 302, 305, 380])
def test_who_is_forwarded_is_not_gone_for_good(code: int) -> None:
    assert code_of(cause_of(code, ["Q.850;cause=23"])) == 480
    assert is_trunk_fault(cause_of(code), code)  # its redirection is not obeyed: the next trunk


@pytest.mark.parametrize("code", [402, 403, 404, 410, 480, 484, 486, 488, 600, 603, 604, 606, 607])
def test_what_is_said_of_the_party_called_is_handed_on(code: int) -> None:
    assert is_handed_on(code)


@pytest.mark.parametrize("code", [0, 200, 302, 401, 407, 408, 422, 481, 487, 491, 500, 503])
def test_what_is_said_of_us_or_of_the_way_is_not(code: int) -> None:
    assert not is_handed_on(code)


@pytest.mark.parametrize(
    ("codes", "best"),
    [
        ((486, 603), 603), ((302, 486), 302), ((404, 500), 404), ((408, 500), 408),
        ((503, 500), 500), ((480, 486), 486), ((302, 603), 603), ((408, 404), 404),
    ],
)  # fmt: skip
def test_the_best_of_several_refusals_is_by_its_class(codes: tuple[int, int], best: int) -> None:
    """RFC 3261 section 16.7, step 6."""
    assert min(codes, key=rank) == min(codes[::-1], key=rank) == best
