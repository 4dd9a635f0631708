"""`compare`: figures of queues before and after, and how sure the difference between them is.

    before   before_first to before_last; by default as many days, just before those asked for
    after    the days asked for, as far as they have begun
    band     of 2,000 draws of the days of each range, the middle 90 % of the differences

Days are drawn whole, so that what goes together on a day stays together. Where the band does not
hold 0, the difference is more than days alike bring by themselves.
"""

from __future__ import annotations

import datetime
import importlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from pbx.figures.counted import QUEUE_COUNTS
from pbx.figures.day_figures import DAY_FIGURES
from pbx.figures.figure import Figure
from pbx.figures.queue_figures import QUEUE_FIGURES
from pbx.reports.asked import Asked, Rows
from pbx.reports.dialled import SPANS, spans
from pbx.reports.headed import Body, headed
from pbx.reports.queue_rows import SUMS
from pbx.reports.report import Cell, Column, Report, Row

FIGURES: dict[str, Figure] = DAY_FIGURES | {
    name: QUEUE_FIGURES[name]
    for name in (
        "answer_rate", "abandon_rate", "service_level", "mean_wait_s", "mean_abandoned_wait_s",
        "mean_handle_s", "transfer_rate",
    )
}  # fmt: skip
DAYS_MIN = 5  # of each range; the band of fewer would be narrow by chance
SEED = 10
COLUMNS = (
    Column("figure", "figure", "指标", "text"),
    Column("unit", "unit", "单位", "text"),
    Column("before", "before", "之前", "number"),
    Column("after", "after", "之后", "number"),
    Column("difference", "difference", "差值", "number", "after - before"),
    Column("band_from", "band from", "区间下限", "number", "90 % band of the difference"),
    Column("band_to", "band to", "区间上限", "number", "90 % band of the difference"),
    Column("told", "told", "说明", "text"),
)
SHOWN = {"share": (100, 1, " %"), "s": (1, 1, " s")}  # times, digits, sign
_COUNTED = f"""{SPANS}
    SELECT begin, {SUMS} FROM spans CROSS JOIN queue_quarters ON start >= begin AND start < over
    WHERE (:queue = '' OR queue = :queue)
        AND (:agents = '[]' OR agent IN (SELECT value FROM json_each(:agents)))
    GROUP BY begin"""


class Range(NamedTuple):
    """A range of days: a row of counts a day, their sum, and the sums of the draws; no draws where
    there are too few days."""

    days: int
    sums: dict[str, int]
    draws: Sequence[dict[str, int]]


def compare(asked: Asked, rows: Rows) -> Report:
    """A row a figure. No band, where a range has fewer than DAYS_MIN days that have begun."""
    earlier = before(asked)
    ranges = [_range(each, rows, stream=n) for n, each in enumerate((earlier, asked))]
    return headed(
        "compare",
        asked,
        body=Body(
            columns=COLUMNS,
            rows=[_row(name, figure, ranges=ranges) for name, figure in FIGURES.items()],
            notes=_notes(earlier, ranges),
        ),
    )


def before(asked: Asked) -> Asked:
    """The range that is compared with: as asked for, or as long and just before. Raises ValueError
    where it ends before it begins."""
    day = datetime.timedelta(days=1)
    last = asked.before_last or asked.first - day
    first = asked.before_first or last - (asked.last - asked.first)
    if last < first:
        raise ValueError(
            f"the range to compare with ends on {last}, before it begins on {first}; "
            "fix: give both of its days"
        )
    return msgspec.structs.replace(asked, first=first, last=last)


def _range(asked: Asked, rows: Rows, *, stream: int) -> Range:
    bootstrap = importlib.import_module("pbx.planning.bootstrap")  # numpy: not into the exchange
    found = {
        begin: counts
        for begin, *counts in rows(_COUNTED, {**asked.params, "spans": spans(asked, by="day")})
    }
    days = (asked.last - asked.first).days + 1
    begun = sum(_begins(asked, n) <= asked.now for n in range(days))
    table = [found.get(_begins(asked, n), [0] * len(QUEUE_COUNTS)) for n in range(begun)]
    drawn: list[list[int]] = []
    if begun >= DAYS_MIN:
        drawn = bootstrap.drawn_sums(table, seed=SEED, stream=stream)
    sums = [sum(column) for column in zip(*table, strict=True)] or [0] * len(QUEUE_COUNTS)
    return Range(begun, _named(sums, begun), [_named(each, begun) for each in drawn])


def _begins(asked: Asked, days: int) -> int:
    """When the day so many days after the first begins."""
    return msgspec.structs.replace(asked, first=asked.first + datetime.timedelta(days=days)).start


def _named(counts: Sequence[int], days: int) -> dict[str, int]:
    return {**dict(zip(QUEUE_COUNTS, counts, strict=True)), "days": days}


def _row(name: str, figure: Figure, *, ranges: Sequence[Range]) -> Row:
    earlier, later = (figure.of(each.sums) for each in ranges)
    low, high = _band(figure, ranges)
    difference = _less(later, earlier)
    told = _told(figure, (earlier, later, low, high))
    return (name, figure.unit, earlier, later, difference, low, high, told)


def _band(figure: Figure, ranges: Sequence[Range]) -> tuple[Cell, Cell]:
    """The band of the difference; None unless every draw has the figure."""
    pairs = zip(*(each.draws for each in ranges), strict=False)
    strays = [_less(figure.of(later), figure.of(earlier)) for earlier, later in pairs]
    known = [each for each in strays if each is not None]
    if not known or len(known) < len(strays):
        return None, None
    band: tuple[float, float] = importlib.import_module("pbx.planning.bootstrap").band(known)
    return band


def _less(later: float | None, earlier: float | None) -> float | None:
    """A difference, without the noise of binary fractions."""
    return None if later is None or earlier is None else round(later - earlier, 6)


def _told(figure: Figure, cells: tuple[Any, ...]) -> str:
    """`35 -> 30 s, 90 % band -8 to -2`, of before, after and the band."""
    times, digits, sign = SHOWN.get(figure.unit, (1, 1, ""))
    earlier, later, low, high = (
        None if each is None else f"{each * times:.{digits}f}".removesuffix(".0") for each in cells
    )
    text = f"{earlier or '-'} -> {later or '-'}{sign}"
    return text if low is None else f"{text}, 90 % band {low} to {high}"


def _notes(earlier: Asked, ranges: Sequence[Range]) -> list[tuple[str, str]]:
    first, last = earlier.first, earlier.last
    notes = [
        (
            f"Before is {first} to {last}. The band is by a bootstrap over days: where it does "
            "not hold 0, the difference is more than chance among days.",
            f"“之前”为 {first} 至 {last}。区间由按日自助法得出：不含 0 时，差异超出日间随机波动。",
        )
    ]
    if min(each.days for each in ranges) < DAYS_MIN:
        notes.append(
            (
                f"Fewer than {DAYS_MIN} days in a range: no band.",
                f"任一范围少于 {DAYS_MIN} 天时不给出区间。",
            )
        )
    return notes
