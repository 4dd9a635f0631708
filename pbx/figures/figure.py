"""A figure as data: what is counted over what, its names, its unit; and the one way to reckon it.

    count    top
    share    top / bottom, 0 to 1
    s        top / (1000 x bottom), top in ms
    rings    top / (5000 x bottom), top in ms: a second of tone and four of silence are a ring
    number   top / bottom
    money    top / (1000000 x bottom), top in millionths of the currency

Counts are whole numbers, and so are sums of time: whole milliseconds. There is one division, and it
is rounded once; so whoever works a figure out from the same counts comes to the same last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Counts = Mapping[str, int]
Unit = Literal["count", "share", "s", "rings", "number", "money"]

DIGITS: dict[Unit, int] = {"share": 6, "s": 3, "rings": 2, "number": 3, "money": 4}
_TIMES: dict[Unit, int] = {"share": 1, "s": 1_000, "rings": 5_000, "number": 1, "money": 1_000_000}


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """`top` and `bottom` name counts that are added up, one with a leading `-` taken away; without
    `bottom` the figure is the sum itself. `formula`, and what it leaves out, are for people."""

    title: str
    title_zh: str
    unit: Unit
    formula: str
    top: tuple[str, ...]
    bottom: tuple[str, ...] = ()
    leaves_out: str = ""
    source: str = "queue_quarters"  # the table of the record that keeps its counts

    @property
    def denominator(self) -> str:
        """What it is a share or a mean of, as text; "" for a count."""
        return self.formula.partition(" / ")[2]

    @property
    def scale(self) -> int:
        """What the sum below the line is multiplied by, for the unit."""
        return _TIMES.get(self.unit, 1)

    def of(self, counts: Counts) -> float | int | None:
        """Its value; None while there is nothing to divide by. A count that is not there is 0."""
        top = added(self.top, counts)
        if self.unit == "count":
            return top
        bottom = added(self.bottom, counts) * self.scale
        return round(top / bottom, DIGITS[self.unit]) if bottom > 0 else None


def added(names: tuple[str, ...], counts: Counts) -> int:
    """The sum of some counts; of those with a leading `-` less."""
    return sum(
        -counts.get(name[1:], 0) if name.startswith("-") else counts.get(name, 0) for name in names
    )
