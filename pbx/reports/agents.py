"""`agents`, `teams`: how agents spent their time, and what they did in it."""

from __future__ import annotations

from collections.abc import Iterable

from pbx.figures.agent_figures import AGENT_FIGURES
from pbx.figures.queue_figures import QUEUE_FIGURES
from pbx.reports.agent_rows import NOTHING, TIMES, WORK, times_by_agent, work_by_agent
from pbx.reports.asked import Asked, Rows
from pbx.reports.buckets import add, begins
from pbx.reports.columns import AGENT, AGENT_NAME, figure_cells, figure_columns
from pbx.reports.headed import Body, headed
from pbx.reports.report import Cell, Chart, Column, Report

FIGURES = (*figure_columns(AGENT_FIGURES, TIMES), *figure_columns(QUEUE_FIGURES, WORK))
(PER_DAY,) = figure_columns(AGENT_FIGURES, ("handled_per_day",))
_PER_DAY = AGENT_FIGURES["handled_per_day"]
TEAM = Column("team", "team", "班组", "text")
LEADER = Column("leader", "leader", "组长", "text")
SIZE = Column("agents", "agents", "人数", "count")
_QUARTERS = """SELECT DISTINCT agent, start FROM agent_quarters
    WHERE start >= :start AND start < :end AND state <> 'unreachable'"""


def agents(asked: Asked, rows: Rows) -> Report:
    """A row an agent who was logged in or had a call, and all together."""
    times, work = times_by_agent(asked, rows), work_by_agent(asked, rows)
    days = _days_worked(asked, rows)
    lines = [
        (
            agent,
            _name(asked, agent),
            _team(asked, agent),
            *_cells(times.get(agent, {}), work.get(agent, NOTHING)),
            _PER_DAY.of({**work.get(agent, NOTHING), "days": days.get(agent, 0)}),
        )
        for agent in sorted(times.keys() | work.keys())
    ]
    total = _cells(_sum(times.values()), _sum(work.values()))
    return headed(
        "agents",
        asked,
        body=Body(
            columns=(AGENT, AGENT_NAME, TEAM, *FIGURES, PER_DAY),
            rows=lines,
            totals=(None, None, None, *total, None) if lines else None,
            charts=(
                Chart("agent", bars=("talking_s", "wrap_up_s", "ready_s", "paused_s")),
                Chart("agent", lines=("utilisation", "occupancy")),
            ),
        ),
    )


def teams(asked: Asked, rows: Rows) -> Report:
    """A row a team; an agent of two teams counts in both, one of none in the last row."""
    times, work = times_by_agent(asked, rows), work_by_agent(asked, rows)
    in_teams = {agent for team in asked.settings.team.values() for agent in team.agents}
    groups = [
        (name, team.leader, set(team.agents))
        for name, team in sorted(asked.settings.team.items())
        if asked.team in ("", name)
    ]
    if not asked.team:
        groups.append(("", "", (times.keys() | work.keys()) - in_teams))
    lines = [
        (
            name or "-",
            _name(asked, leader) or leader,
            len(members),
            *_cells(_of(times, members), _of(work, members)),
        )
        for name, leader, members in groups
        if members
    ]
    return headed("teams", asked, body=Body((TEAM, LEADER, SIZE, *FIGURES), lines))


def _cells(times: dict[str, int], work: dict[str, int]) -> tuple[Cell, ...]:
    return (
        *figure_cells(AGENT_FIGURES, TIMES, counts={**times, "one": 1}),
        *figure_cells(QUEUE_FIGURES, WORK, counts=work),
    )


def _of(counts: dict[str, dict[str, int]], members: set[str]) -> dict[str, int]:
    return _sum(each for agent, each in counts.items() if agent in members)


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        add(total, each)
    return total


def _name(asked: Asked, agent: str) -> str:
    known = asked.settings.agent.get(agent)
    return known.name if known else ""


def _team(asked: Asked, agent: str) -> str:
    return " ".join(name for name, team in asked.settings.team.items() if agent in team.agents)


def _days_worked(asked: Asked, rows: Rows) -> dict[str, int]:
    """On how many local days each agent was logged in."""
    days: dict[str, set[int]] = {}
    begun: dict[int, int] = {}
    for agent, start in rows(_QUARTERS, asked.params):
        if start not in begun:
            begun[start] = begins(start, by="day", zone=asked.zone)
        days.setdefault(agent, set()).add(begun[start])
    return {agent: len(found) for agent, found in days.items()}
