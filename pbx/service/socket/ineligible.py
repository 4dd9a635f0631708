"""Who cannot take a waiting call at a moment, and why: the engine's numbers as rows with names."""

from __future__ import annotations

from typing import Any

from kernel.acd import engine as kernel
from pbx.exchange import Exchange

Row = dict[str, Any]


def passed_over(exchange: Exchange, entry: int, now: int) -> list[Row]:
    """A row for each agent who cannot take the entry at `now`, with the reason."""
    names = {each.number: each.agent for each in exchange.state.agents.values()}
    t = exchange.state.wall(now) / 1000
    return [
        {"t": t, "what": "passed_over", "agent": names[agent], "why": kernel.WHY_NOT[reason]}
        | _detail(exchange, kernel.WHY_NOT[reason], value=value)
        for agent, reason, value in exchange.engine.explain(entry)
        if agent in names
    ]


def _detail(exchange: Exchange, why: str, *, value: int) -> Row:
    """The skill that is missing, or the seconds until the reason is none any more."""
    if why == "skill_missing":
        numbers = exchange.state.numbers
        skills = (name for name in numbers if name.startswith("skill:"))
        return {"skill": next((name[6:] for name in skills if numbers[name] == value), str(value))}
    return {"left_s": value / 1000} if value else {}
