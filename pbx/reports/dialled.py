"""Calls out as reports read them: who dialled, and the local stretch of time a call began in.

A call out is its agent's where the record names one, or the phone is an agent's by the settings;
else it is the extension's, or whoever a log that was imported names as calling.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

from pbx.reports.asked import Asked, By, Rows
from pbx.reports.buckets import stretches

SPANS = """WITH spans AS MATERIALIZED (
    SELECT value ->> 0 AS begin, value ->> 1 AS over FROM json_each(:spans))"""
_COUNTS = ("dials", "dials_answered", "dial_ring_ms", "dial_talk_ms")
_SUMS = """count(*), sum(outcome = 'answered' AND connected IS NOT NULL),
    sum(CASE WHEN outcome = 'answered' AND connected IS NOT NULL
        THEN CAST(round((connected - started) * 1000) AS INTEGER) ELSE 0 END),
    sum(CASE WHEN outcome = 'answered' AND connected IS NOT NULL
        THEN CAST(round(talk_s * 1000) AS INTEGER) ELSE 0 END)"""
_DIALLED = f"""{SPANS}
    SELECT begin, agent, source, CASE WHEN source LIKE 'import:%' THEN calling ELSE '' END AS who,
        {_SUMS}
    FROM spans CROSS JOIN calls
        ON started >= begin AND started < over
    WHERE direction = 'out' AND (:trunk = '' OR trunk = :trunk)
    GROUP BY begin, agent, source, who ORDER BY begin, agent, source, who"""

Dialled = tuple[str, int, dict[str, int]]  # who, the stretch's beginning, counts


def dialled(asked: Asked, rows: Rows, *, by: By) -> Iterator[Dialled]:
    """Counts of calls out, by who dialled and when; of the agents that are asked for."""
    found = rows(_DIALLED, {**asked.params, "spans": spans(asked, by=by)})
    phones = phones_of(asked)
    agents = asked.agents
    for begin, agent, source, calling, *counts in found:
        who = caller(agent, source, calling=calling, phones=phones)
        if not agents or who in agents:
            yield who, begin, dict(zip(_COUNTS, counts, strict=True))


def phones_of(asked: Asked) -> dict[str, str]:
    """The agent of each extension that is an agent's."""
    found = {each.extension: name for name, each in sorted(asked.settings.agent.items())}
    found.pop("", None)
    return found


def caller(agent: str, source: str, *, calling: str, phones: dict[str, str]) -> str:
    """Who dialled: the agent, else the extension, else where the call came from."""
    kind, _, name = source.partition(":")
    if kind == "import":
        name = calling
    elif kind != "extension":
        name = source
    return agent or phones.get(name, name)


def spans(asked: Asked, *, by: By) -> str:
    """The stretches of the days as JSON, [begin, over] in epoch seconds; for `SPANS`."""
    return json.dumps(edges(asked, by=by))


def edges(asked: Asked, *, by: By) -> list[tuple[int, int]]:
    """When each stretch of the days begins and is over; the first not before the days do."""
    start, end = asked.start, asked.end
    begins = stretches(start, end, by=by, zone=asked.zone)
    return list(pairwise([*(max(start, begin) for begin in begins), end]))
