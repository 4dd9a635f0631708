"""Each figure of a queue by one day, worked out by hand."""

from __future__ import annotations

import re

import pytest

from pbx.figures.queue_figures import QUEUE_FIGURES, figures_of
from pbx.state import QueueDay

# 100 entered: 70 answered (50 within T), 16 gone (7 within T, 4 of them at once), 6 waited too
# long, 3 left by a key, and 5 wait still
DAY = {
    "offered": 100, "answered": 70, "abandoned": 16, "overflowed": 6, "exited": 3,
    "answered_within": 50, "abandoned_within": 7, "abandoned_short": 4,
    "answered_wait_ms": 1_000_001, "abandoned_wait_ms": 320_000,
    # 72 talks began after 6 s of ringing each, 69 are over, 68 wrapped up, 3 were led on
    "taken": 72, "ring_ms": 432_000, "missed": 4, "missed_ring_ms": 60_000, "refused": 1,
    "handled": 69, "talk_ms": 8_280_000, "hold_ms": 690_000, "transferred": 3,
    "wrapped": 68, "wrap_up_ms": 1_380_000,
}  # fmt: skip
BY_HAND = {
    "offered": 100, "answered": 70, "abandoned": 16, "overflowed": 6, "exited": 3,
    "answered_within": 50,
    "answer_rate": 0.7,
    "abandon_rate": 0.16,
    "service_level": 0.526316,  # 50 / 95
    "service_level_of_offered": 0.5,
    "service_level_of_answered": 0.714286,  # 50 / 70
    "service_level_of_answered_and_abandoned": 0.581395,  # 50 / 86
    "service_level_without_abandoned_within": 0.568182,  # 50 / 88
    "service_level_without_short": 0.549451,  # 50 / 91
    "service_level_abandoned_within_is_good": 0.6,  # 57 / 95
    "service_level_asterisk_2": 0.662791,  # 57 / 86
    "mean_wait_s": 14.286,  # 1,000,001 ms / 70
    "mean_abandoned_wait_s": 20.0,
    "handled": 69,
    "mean_handle_s": 140.0,  # (8,280 + 1,380) / 69
    "mean_talk_s": 110.0, "mean_hold_s": 10.0, "mean_wrap_up_s": 20.0,
    "mean_ring_s": 6.0,
    "mean_rings": 1.2,  # of 5 s
    "missed": 4, "refused": 1, "transferred": 3,
    "transfer_rate": 0.043478,  # 3 / 69
}  # fmt: skip


def test_every_figure_is_worked_out_by_hand() -> None:
    assert figures_of(DAY) == BY_HAND


@pytest.mark.parametrize("name", QUEUE_FIGURES)
def test_what_a_figure_is_made_of_is_counted(name: str) -> None:
    """A misspelt count would be 0 for ever."""
    figure = QUEUE_FIGURES[name]
    used = {each.removeprefix("-") for each in (*figure.top, *figure.bottom)}
    assert used <= set(QueueDay.__struct_fields__)


@pytest.mark.parametrize("name", QUEUE_FIGURES)
def test_a_figure_has_its_names_its_formula_and_a_denominator_where_it_divides(name: str) -> None:
    figure = QUEUE_FIGURES[name]
    assert figure.title and re.search("[\u4e00-\u9fff]", figure.title_zh)
    assert bool(figure.denominator) == bool(figure.bottom) == (figure.unit != "count")


def test_no_two_figures_have_the_same_definition() -> None:
    formulas = [figure.formula for figure in QUEUE_FIGURES.values()]
    sums = [(figure.unit, figure.top, figure.bottom) for figure in QUEUE_FIGURES.values()]
    assert len(set(formulas)) == len(set(sums)) == len(QUEUE_FIGURES)


def test_nothing_has_been_divided_before_the_first_call() -> None:
    assert set(figures_of({}).values()) == {0, None}
