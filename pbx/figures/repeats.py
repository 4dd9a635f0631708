"""First-call resolution: of the answered calls, those whose caller did not have to call again.

A caller who calls again within 24 hours of the end of an answered call was not helped by it. So a
call's figure is provisional until the 24 hours are over. Who withholds the number is left out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from pbx.figures.figure import Figure

WITHIN_S = 86_400
DIGITS = 9  # of a number, from its end: with and without country and area are one
SOURCE = "calls"

FCR_FIGURES: dict[str, Figure] = {
    "resolved": Figure(
        title="first-call resolution",
        title_zh="首次电话解决率",
        unit="share",
        formula="(answered - repeated) / answered",
        top=("answered", "-repeated"),
        bottom=("answered",),
        leaves_out="callers without a number",
        source=SOURCE,
    ),
    "repeated": Figure(
        title="repeated",
        title_zh="重复来电",
        unit="count",
        formula="answered calls whose caller called again within 24 h",
        top=("repeated",),
        source=SOURCE,
    ),
}


class Answered(NamedTuple):
    """A call: its queue, the caller's number; when it began and ended, in epoch seconds."""

    queue: str
    calling: str
    started: float
    ended: float
    was_answered: bool


def normalised(number: str) -> str:
    """The number as callers are told apart by: its last digits; "" where there are too few to tell
    a caller by."""
    digits = number
    if not (number.isascii() and number.isdecimal()):
        digits = "".join(each for each in number if each.isdecimal() and each.isascii())
    return digits[-DIGITS:] if len(digits) >= 3 else ""


def repeats(calls: Iterable[Answered], *, now: float) -> dict[str, dict[str, int]]:
    """By queue: calls answered, of those repeated, and of the answered those that may yet be."""
    begun: dict[str, list[float]] = defaultdict(list)
    answered: list[tuple[str, Answered]] = []
    for call in calls:
        number = normalised(call.calling)
        if not number:
            continue
        begun[number].append(call.started)
        if call.was_answered and call.queue:
            answered.append((number, call))
    for times in begun.values():
        times.sort()
    found: dict[str, dict[str, int]] = {}
    for number, call in answered:
        counts = found.setdefault(call.queue, {"answered": 0, "repeated": 0, "provisional": 0})
        counts["answered"] += 1
        times = begun[number]
        place = bisect_right(times, call.ended)
        if place < len(times) and times[place] <= call.ended + WITHIN_S:
            counts["repeated"] += 1
        elif call.ended + WITHIN_S > now:
            counts["provisional"] += 1
    return found
