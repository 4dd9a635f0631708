"""Causes and statuses at the border."""

from __future__ import annotations

import pytest

from pbx.sip.message.cause import (
    cause_of,
    code_of,
    is_handed_on,
    is_trunk_fault,
    rank,
    stated_cause,
)

# by cause: RFC 3398 section 7.2.4.1 with the changes that the module names
REFUSALS = {
    1: (404, 485, 604), 16: (487,), 17: (486, 600), 18: (408, 480), 21: (401, 402, 403, 407, 603),
    22: (410,), 25: (482, 483), 28: (484,), 38: (502,), 41: (400, 481, 491, 500, 503), 47: (580,),
    63: (405,), 79: (406, 415, 501), 88: (488, 606), 102: (504,),
    127: (413, 414, 416, 420, 421, 422, 423, 505, 513),
}  # fmt: skip
# by status: RFC 3398 section 8.2.6.1 with the changes that the module names
STATUSES = {
    403: (21, 55, 57, 87), 404: (1, 2, 3), 410: (22, 23), 480: (16, 18, 19, 20, 26, 27, 31),
    483: (25,), 484: (28,), 486: (17,), 488: (65, 70, 88), 500: (0, 120, 127), 501: (29, 79),
    503: (34, 38, 41, 42, 44, 47, 58, 63), 504: (102,),
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "cause"), [(code, cause) for cause, codes in REFUSALS.items() for code in codes]
)
def test_a_refusal_has_its_cause(code: int, cause: int) -> None:
    assert cause_of(code) == cause


@pytest.mark.parametrize(
    ("code", "cause"),
    [(0, 16), (299, 16), (300, 20), (302, 20), (399, 20), (499, 41), (599, 41), (699, 21)],
)
def test_a_status_not_in_the_table_goes_by_its_class(code: int, cause: int) -> None:
    assert cause_of(code) == cause


def test_a_stated_cause_wins_over_the_table() -> None:
    assert cause_of(480, ["SIP;cause=200", "Q.850 ; cause=19 ;text=x"]) == 19
    assert cause_of(480, ['SIP;cause=200;text="a, b", Q.850;text="c;cause=3";cause=16']) == 16


@pytest.mark.parametrize(
    "reason", ["", "Q.850", "Q.850;cause=", "Q.850;cause=0", "Q.850;cause=128", "Q.850;cause=-1",
               "Q.850;cause=0016",
               "SIP;cause=16", 'Q.850;text="x;cause=16', "Q.850;cause=\u0661\u0666"],
)  # fmt: skip
def test_a_reason_without_a_usable_cause_counts_for_nothing(reason: str) -> None:
    assert stated_cause(reason) == 0


@pytest.mark.parametrize(("reason", "cause"), [("q.850;cause=1", 1), ("Q.850;cause=127", 127)])
def test_a_cause_is_between_1_and_127(reason: str, cause: int) -> None:
    assert stated_cause(reason) == cause


@pytest.mark.parametrize(
    ("cause", "code"), [(cause, code) for code, causes in STATUSES.items() for cause in causes]
)
def test_a_cause_refuses_with_its_status_and_an_unknown_one_is_our_own_fault(
    cause: int, code: int
) -> None:
    assert code_of(cause) == code


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


@pytest.mark.parametrize(
    "code",
    [0, 200, 302, 400, 401, 405, 407, 408, 412, 413, 414, 420, 421, 422, 423, 481, 482, 483, 487,
     491, 494, 500, 503],
)  # fmt: skip
def test_what_is_said_of_us_or_of_the_way_is_not(code: int) -> None:
    assert not is_handed_on(code)


@pytest.mark.parametrize(
    ("codes", "best"),
    [
        ((486, 603), 603), ((302, 486), 302), ((404, 500), 404), ((408, 500), 408),
        ((503, 500), 500), ((480, 486), 486), ((302, 603), 603), ((408, 404), 404),
        ((486, 404), 486), ((480, 404), 480), ((503, 504), 504), ((0, 503), 503), ((300, 0), 300),
    ],
)  # fmt: skip
def test_the_best_of_several_refusals_is_by_its_class(codes: tuple[int, int], best: int) -> None:
    """RFC 3261 section 16.7, step 6."""
    assert min(codes, key=rank) == min(codes[::-1], key=rank) == best
