"""`voice`: how calls sounded, by the trunk or extension on whose leg it was measured."""

from __future__ import annotations

from typing import NamedTuple

from pbx.figures.voice_figures import LOW_MOS, VOICE_COUNTS, VOICE_FIGURES, voice_counts
from pbx.reports.asked import Asked, Rows
from pbx.reports.buckets import add
from pbx.reports.columns import figure_cells, figure_columns
from pbx.reports.dialled import edges
from pbx.reports.headed import Body, headed
from pbx.reports.report import Cell, Chart, Column, Report

FIGURES = (
    "voice_calls", "voice_legs", "mean_mos", "low_mos_share", "loss", "far_loss", "mean_jitter_ms",
    "mean_round_trip_ms",
)  # fmt: skip
WORST = 3  # the place of the worst MOS among the figures
COLUMNS = figure_columns(VOICE_FIGURES, FIGURES)
NOTES = (
    (
        "A leg on which nothing came has no MOS: it counts as a leg only. Calls that were imported "
        "have no sound here.",
        "未收到语音的呼叫分支没有 MOS，仅计入分支数。导入的通话没有语音数据。",
    ),
)
_SUMS = f"""count(DISTINCT sounds.call), count(*), count(mos),
    sum(CAST(mos * 1000 + 0.5 AS INTEGER)), sum(mos < {LOW_MOS}),
    sum(packets_in), sum(lost), sum(packets_out),
    sum(CAST(far_loss * packets_out + 0.5 AS INTEGER)),
    sum(CASE WHEN mos IS NOT NULL THEN CAST(jitter_ms * 1000 + 0.5 AS INTEGER) END),
    count(rtt_ms), sum(CAST(rtt_ms * 1000 + 0.5 AS INTEGER)), min(mos)"""
_BY_PARTY = f"""SELECT party, {_SUMS} FROM calls CROSS JOIN sounds ON sounds.call = calls.id
    WHERE started >= :begin AND started < :over"""
_MEANT = """ AND (:queue = '' OR queue = :queue) AND (:trunk = '' OR trunk = :trunk)
    AND (:agents = '[]' OR agent IN (SELECT value FROM json_each(:agents)))"""


class Heard(NamedTuple):
    """The legs of a party: their sums, and the worst MOS among them."""

    counts: dict[str, int]
    worst_mos: list[float]  # one at the most


def voice(asked: Asked, rows: Rows) -> Report:
    """A row for each trunk and extension, and all legs together. Queue, agent and trunk that are
    asked for are those of the call, whichever leg it is."""
    heard = _heard(asked, rows)
    lines = [(party, *_cells(heard[party])) for party in sorted(heard)]
    legs = Heard({}, [])
    for each in heard.values():
        _add(legs, each)
    totals = (None, None, *_cells(legs)[1:])  # a call has legs of several parties
    return headed(
        "voice",
        asked,
        body=Body(
            columns=(
                Column("party", "trunk or extension", "中继或分机", "text"),
                *COLUMNS[:WORST],
                Column("worst_mos", "worst MOS", "最低 MOS", "number", "lowest MOS of a leg"),
                *COLUMNS[WORST:],
            ),
            rows=lines,
            totals=totals if lines else None,
            charts=(Chart("party", bars=("mean_mos", "worst_mos")),),
            notes=NOTES,
        ),
    )


def _heard(asked: Asked, rows: Rows) -> dict[str, Heard]:
    """The legs of each party; read a day at a time, so that what is gathered stays small."""
    is_of_all = not (asked.queue or asked.trunk or asked.agents)
    query = f"{_BY_PARTY}{'' if is_of_all else _MEANT} GROUP BY party"
    found: dict[str, Heard] = {}
    for begin, over in edges(asked, by="day"):
        for party, *sums, worst in rows(query, {**asked.params, "begin": begin, "over": over}):
            counts = dict(zip(VOICE_COUNTS, (each or 0 for each in sums), strict=True))
            of_day = Heard(counts, [] if worst is None else [worst])
            _add(found.setdefault(party, Heard({}, [])), of_day)
    return found


def _add(into: Heard, heard: Heard) -> None:
    add(into.counts, heard.counts)
    into.worst_mos[:] = sorted([*into.worst_mos, *heard.worst_mos])[:1]


def _cells(heard: Heard) -> tuple[Cell, ...]:
    cells = figure_cells(VOICE_FIGURES, FIGURES, counts=voice_counts(heard.counts))
    worst = round(heard.worst_mos[0], 3) if heard.worst_mos else None
    return (*cells[:WORST], worst, *cells[WORST:])
