"""A figure as data: what is counted over what, its names, its unit; and the one way to reckon it.

    count    top
    share    top / bottom, 0 to 1
    s        top / (1000 x bottom), top in ms

Counts are whole numbers, and so are sums of time: whole milliseconds. There is one division, and it
is rounded once; so whoever works a figure out from the same counts comes to the same last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Counts = Mapping[str, int]
Unit = Literal["count", "share", "s"]

DIGITS: dict[Unit, int] = {"share": 6, "s": 3}


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

    @property
    def denominator(self) -> str:
        """What it is a share or a mean of, as text; "" for a count."""
        return self.formula.partition(" / ")[2]

    def of(self, counts: Counts) -> float | int | None:
        """Its value; None while there is nothing to divide by. A count that is not there is 0."""
        top = added(self.top, counts)
        if self.unit == "count":
            return top
        bottom = added(self.bottom, counts) * (1_000 if self.unit == "s" else 1)
        return round(top / bottom, DIGITS[self.unit]) if bottom > 0 else None


def added(names: tuple[str, ...], counts: Counts) -> int:
    """The sum of some counts; of those with a leading `-` less."""
    return sum(
        -counts.get(name[1:], 0) if name.startswith("-") else counts.get(name, 0) for name in names
    )
