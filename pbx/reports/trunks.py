"""`trunks`: each trunk's calls and load, and the lines that its own busiest hour asks for.

load        used by calls / time            of the days as far as they are over
busy hour   the four quarters in a row with most use; it begins where they do
lines       the fewest on which Erlang B loses no more than 1 % of the busy hour's load
"""

from __future__ import annotations

import heapq
import importlib
from typing import NamedTuple

from pbx.figures.figure import Counts
from pbx.figures.trunk_figures import TRUNK_COUNTS, TRUNK_FIGURES
from pbx.reports.asked import Asked, Rows
from pbx.reports.buckets import add
from pbx.reports.columns import TRUNK, figure_cells, figure_columns
from pbx.reports.dialled import edges
from pbx.reports.headed import Body, headed
from pbx.reports.report import Cell, Chart, Column, Report

FIGURES = (
    "calls_in", "answered_in", "calls_out", "answered_out", "answer_seizure_ratio", "filled",
    "full_s", "erlangs", "peak_erlangs",
)  # fmt: skip
NOT_ADDED = ("filled", "full_s", "peak_erlangs")  # trunks are not busy at one time
LOST = 0.01  # of the calls, on the lines that a trunk should have
HOUR_MS = 3_600_000
DAY_S = 86_400
COLUMNS = (
    TRUNK,
    *figure_columns(TRUNK_FIGURES, FIGURES),
    Column("peak_begin", "busy hour", "忙时", "time", "when the busiest four quarters begin"),
    Column("most_channels", "most channels at once", "最大并发", "count", "calls at one time"),
    Column(
        "lines_needed", "lines for 1 %", "1% 呼损所需线路", "count",
        "Erlang B: the fewest that lose no more than 1 % of the busy-hour load",
    ),
    Column("channels", "channels", "线路数", "count", "by the settings"),
)  # fmt: skip
NOTES = (
    (
        "A call's use of a channel counts when the call has ended. Callers who found a trunk busy "
        "are not in its load: where it was, more lines than told may be needed.",
        "占用时长在通话结束后计入。遇全忙而未能接入的来电不计入话务量：出现全忙时，"
        "实际所需线路可能更多。",
    ),
)
_SUMS = ", ".join(f"sum({name})" for name in TRUNK_COUNTS)
_MEANT = "start >= :start AND start < :end AND (:trunk = '' OR trunk = :trunk)"
_COUNTED = f"SELECT trunk, {_SUMS} FROM trunk_quarters WHERE {_MEANT} GROUP BY trunk"
_PEAKS = f"""SELECT trunk, used, start FROM (
        SELECT trunk, start, used,
            row_number() OVER (PARTITION BY trunk ORDER BY used DESC, start) AS place
        FROM (SELECT trunk, start, sum(used_ms) OVER (
                PARTITION BY trunk ORDER BY start RANGE BETWEEN CURRENT ROW AND 2700 FOLLOWING
            ) AS used FROM trunk_quarters WHERE {_MEANT}))
    WHERE place = 1 AND used > 0"""
_CALLS = """SELECT trunk, started, ended FROM calls
    WHERE started >= :begin AND started < :over AND ended > :first ORDER BY started"""


class Peak(NamedTuple):
    """The busiest hour: how long channels were used in it, and when it begins; 0 ms of none."""

    used_ms: int = 0
    begin: int | None = None


def trunks(asked: Asked, rows: Rows) -> Report:
    """A row a trunk, of the settings or of the record, and their calls and load together."""
    sums = {
        trunk: dict(zip(TRUNK_COUNTS, counts, strict=True))
        for trunk, *counts in rows(_COUNTED, asked.params)
    }
    peaks = {trunk: Peak(used, begin) for trunk, used, begin in rows(_PEAKS, asked.params)}
    most = channels_at_once(asked, rows)
    meant = {*asked.settings.trunk, *sums, *most}
    lines, all_of_them = [], dict[str, int]()
    for trunk in sorted(meant & {asked.trunk} if asked.trunk else meant):
        counts, peak = sums.get(trunk, {}), peaks.get(trunk, Peak())
        cells = _figures(asked, {**counts, "peak_ms": peak.used_ms})
        channels = _channels(asked, trunk)
        lines.append((trunk, *cells, peak.begin, most.get(trunk, 0), _needed(peak), channels))
        add(all_of_them, counts)
    return headed(
        "trunks",
        asked,
        body=Body(
            columns=COLUMNS,
            rows=lines,
            totals=_totals(asked, all_of_them) if lines else None,
            charts=(
                Chart("trunk", bars=("most_channels", "lines_needed", "channels")),
                Chart("trunk", bars=("erlangs", "peak_erlangs")),
            ),
            notes=NOTES,
        ),
    )


def channels_at_once(asked: Asked, rows: Rows) -> dict[str, int]:
    """The most calls that each trunk had at one time; one that ends as another begins makes way
    for it. Calls that began up to a day before the days are there too."""
    first = asked.start
    on: dict[str, list[float]] = {}  # when the calls that go on end, by trunk
    most: dict[str, int] = {}
    for begin, over in [(first - DAY_S, first), *edges(asked, by="day")]:
        params = {"begin": begin, "over": over, "first": first}
        for trunk, started, ended in rows(_CALLS, params):
            ends = on.setdefault(trunk, [])
            while ends and ends[0] <= started:
                heapq.heappop(ends)
            heapq.heappush(ends, ended)
            most[trunk] = max(most.get(trunk, 0), len(ends))
    most.pop("", None)
    return most


def _figures(asked: Asked, counts: Counts) -> tuple[Cell, ...]:
    over_ms = min(asked.end * 1_000, int(asked.heard * 1_000))
    time_ms = max(0, over_ms - asked.start * 1_000)
    told = {**counts, "one": 1, "hour_ms": HOUR_MS, "time_ms": time_ms}
    return figure_cells(TRUNK_FIGURES, FIGURES, counts=told)


def _totals(asked: Asked, counts: Counts) -> tuple[Cell, ...]:
    cells = zip(FIGURES, _figures(asked, counts), strict=True)
    added = [None if name in NOT_ADDED else cell for name, cell in cells]
    return (None, *added, None, None, None, None)


def _needed(peak: Peak) -> int:
    """The lines that a busy hour asks for; none without a call."""
    if not peak.used_ms:
        return 0
    erlang = importlib.import_module("kernel.erlang")  # it brings numpy: not into the exchange
    return int(erlang.lines(peak.used_ms / HOUR_MS, LOST))


def _channels(asked: Asked, trunk: str) -> int | None:
    """How many there are; None of a trunk that is no longer in the settings."""
    found = asked.settings.trunk.get(trunk)
    return asked.settings.channels_of(found) if found else None
