"""The E-model against what ITU-T and the literature print."""

from __future__ import annotations

import itertools
import math

import pytest

from kernel.media.mos import mos_x100, rating


def test_a_perfect_call_is_rated_as_g_107_rates_its_defaults():
    assert rating(0, 0) == pytest.approx(93.2)
    assert mos_x100(0, 0) == 441


@pytest.mark.parametrize(
    ("delay_ms", "impairment"),
    [(100, 2.4), (150, 3.6), (177, 4.248), (200, 4.8 + 2.497), (300, 7.2 + 13.497)],
)
def test_delay_costs_what_cole_and_rosenbluth_say(delay_ms, impairment):
    """SIGCOMM Computer Communication Review 31 (2001), their straight lines for G.107."""
    assert 93.2 - rating(0, delay_ms) == pytest.approx(impairment)


@pytest.mark.parametrize(
    ("loss_permille", "impairment"), [(10, 17.92), (20, 30.16), (50, 51.08), (100, 66.43)]
)
def test_loss_costs_what_g_107_says_of_g_711_without_concealment(loss_permille, impairment):
    """Ie_eff = 95 P / (P + 4.3), worked out by hand."""
    assert 93.2 - rating(loss_permille, 0) == pytest.approx(impairment, abs=0.01)


@pytest.mark.parametrize(
    ("printed_r", "printed_mos"), [(90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58)]
)
def test_a_rating_becomes_the_score_printed_beside_it(printed_r, printed_mos):
    """The pairs of G.107, annex B, reached by delay alone."""
    delay_ms = next(ms for ms in range(2000) if rating(0, ms) <= printed_r)
    assert mos_x100(0, delay_ms) == pytest.approx(100 * printed_mos, abs=1)


def test_more_loss_or_delay_is_never_better_and_the_score_stays_in_its_range():
    by_loss = [mos_x100(loss, 50) for loss in range(1001)]
    by_delay = [mos_x100(10, delay) for delay in range(0, 5000, 10)]
    for scores in (by_loss, by_delay):
        assert all(later <= sooner for sooner, later in itertools.pairwise(scores))
        assert min(scores) == 100
        assert max(scores) <= 441


@pytest.mark.parametrize(("loss", "delay"), [(-1, 0), (1001, 0), (0, -1)])
def test_what_cannot_be_measured_is_refused(loss, delay):
    for ask in (rating, mos_x100):
        with pytest.raises(ValueError, match="cannot be"):
            ask(loss, delay)
    assert math.isfinite(rating(1000, 2**31 - 1))
