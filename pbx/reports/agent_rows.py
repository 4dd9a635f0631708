"""The time of agents as reports read it: states that ended, from the record's quarters, and those
that go on."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from pbx.figures.agent_figures import AGENT_FIGURES, state_counts
from pbx.figures.counted import QUEUE_COUNTS
from pbx.reports.asked import Asked, Rows
from pbx.reports.queue_rows import queue_counts

NOTHING = dict.fromkeys(QUEUE_COUNTS, 0)  # of one who had no call


class Stood(NamedTuple):
    """How long an agent stood how in the days asked for, and how often that began in them."""

    agent: str
    state: str
    reason: str
    begun: int
    ms: int


_MEANT = "(:agents = '[]' OR agent IN (SELECT value FROM json_each(:agents)))"
_ENDED = f"""SELECT agent, state, reason, sum(begun), sum(ms) FROM agent_quarters
    WHERE start >= :start AND start < :end AND {_MEANT} GROUP BY agent, state, reason"""
_GOES_ON = f"""SELECT agent, state, reason, started FROM agent_states
    WHERE ended IS NULL AND started < :end AND {_MEANT}"""


def stood(asked: Asked, rows: Rows) -> list[Stood]:
    """The states of the agents asked for; one that goes on counts until the record was last heard
    of, or the end of the days."""
    found = {(row[0], row[1], row[2]): (row[3], row[4]) for row in rows(_ENDED, asked.params)}
    until = min(asked.heard, asked.end)
    for agent, state, reason, started in rows(_GOES_ON, asked.params):
        begun, ms = found.get((agent, state, reason), (0, 0))
        more = max(0, round((until - max(started, asked.start)) * 1000))
        found[agent, state, reason] = begun, ms + more
    return [Stood(*key, *value) for key, value in sorted(found.items())]


def times_by_agent(asked: Asked, rows: Rows) -> dict[str, dict[str, int]]:
    """The counts that AGENT_FIGURES ask for, by agent."""
    return times_of(stood(asked, rows))


def times_of(states: list[Stood]) -> dict[str, dict[str, int]]:
    """The same of states that were read already."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for each in states:
        found[each.agent].append((each.state, each.ms))
    return {agent: dict(state_counts(times)) for agent, times in found.items()}


def work_by_agent(asked: Asked, rows: Rows) -> dict[str, dict[str, int]]:
    """What agents had a part in, by agent, as QUEUE_FIGURES ask for it."""
    return {agent: counts for (agent,), counts in queue_counts(asked, rows, "agent") if agent}


TIMES = tuple(name for name in AGENT_FIGURES if name != "handled_per_day")
WORK = ("handled", "mean_handle_s", "mean_talk_s", "mean_hold_s", "mean_wrap_up_s", "mean_ring_s",
        "missed", "refused", "transferred")  # fmt: skip
