"""What the console and the socket show: rows of plain values, drawn from the exchange as it is.

Times are epoch seconds, durations seconds; the words are those of the contract.
"""

from __future__ import annotations

from typing import Any

from pbx.call import Call, LegState
from pbx.exchange import Exchange
from pbx.figures import queue_day
from pbx.figures.queue_figures import figures_of
from pbx.state import AgentRecord

Row = dict[str, Any]


def _seconds(exchange: Exchange, at_ms: int) -> float | None:
    return exchange.state.wall(at_ms) / 1000 if at_ms >= 0 else None


def agents(exchange: Exchange) -> list[Row]:
    """Each agent with its state and since when."""
    return [_agent(exchange, record) for record in exchange.state.agents.values()]


def _agent(exchange: Exchange, record: AgentRecord) -> Row:
    settings = exchange.settings.agent[record.agent]
    return {
        "agent": record.agent,
        "name": settings.name,
        "extension": record.extension,
        "state": record.shown_state,
        "since": _seconds(exchange, record.since_ms),
        "reason": record.reason,
        "queues": list(settings.queues),
        "call": record.call or None,
    }


def calls(exchange: Exchange) -> list[Row]:
    """The running calls, oldest first."""
    return [call(exchange, each) for each in exchange.state.calls.values()]


def call(exchange: Exchange, each: Call) -> Row:
    """One running call."""
    return {
        "call": each.id,
        "direction": each.direction,
        "source": each.source,
        "calling": each.calling,
        "called": each.called,
        "name": each.name,
        "state": call_state(exchange, each),
        "queue": each.visit.queue if each.visit else each.queue or None,
        "agent": each.talk.agent if each.talk else None,
        "since": _seconds(exchange, each.started_ms),
        "answered": _seconds(exchange, each.answered_ms),
        "connected": _seconds(exchange, each.connected_ms),
        "legs": len(each.legs),
        "language": each.language,
        "recording": each.recording.state or None,
        "hold_since": _seconds(exchange, each.held_ms),
    }


def call_state(exchange: Exchange, each: Call) -> str:
    """What a call is doing: menu announce waiting ringing talking held releasing setup …"""
    if each.is_over:
        return "releasing"
    if each.visit is not None:
        return "waiting"
    if each.transfer is not None:
        return "transferring"
    if each.stay is not None and each.stay.kind != "greet":
        return each.stay.kind
    if each.is_held:
        return "held"
    if each.was_connected:
        return "talking"
    partner = exchange.state.legs.get(each.partner)
    return "ringing" if partner and partner.state is LegState.ALERTING else "setup"


def queues(exchange: Exchange) -> list[Row]:
    """The queues, in short."""
    return [_queue_head(exchange, name) for name in exchange.settings.queue]


def _queue_head(exchange: Exchange, name: str) -> Row:
    settings = exchange.settings.queue[name]
    number = exchange.acd.number(name)
    return {
        "queue": name,
        "strategy": settings.strategy,
        "priority": settings.priority,
        "waiting": exchange.engine.length(number),
        "ready": exchange.engine.ready(number),
        "agents": sum(name in each.queues for each in exchange.settings.agent.values()),
    }


def queue(exchange: Exchange, name: str, now: int) -> Row | None:
    """One queue at `now`: who waits, its agents by state, today's figures; None if unknown."""
    if name not in exchange.settings.queue:
        return None
    day, settings = exchange.state.days[name], exchange.settings.queue[name]
    waiting, figures = _waiting(exchange, name), figures_of(queue_day.counts(day))
    return {
        "queue": name,
        "waiting": waiting,
        "longest_s": max((now - row.pop("_entered_ms") for row in waiting), default=0) / 1000,
        "agents": _by_state(exchange, name),
        "offered": day.offered,
        "answered": day.answered,
        "abandoned": day.abandoned,
        "overflowed": day.overflowed,
        "exited": day.exited,
        "abandon_rate": figures["abandon_rate"],
        "service_level": figures["service_level"],
        "target": settings.service_level.target,
        "within_s": settings.service_level.within_s,
        "mean_wait_s": figures["mean_wait_s"],
        "figures": figures,
    }


def _waiting(exchange: Exchange, name: str) -> list[Row]:
    rows: list[Row] = []
    for entry in exchange.engine.waiting(exchange.acd.number(name)):
        each = exchange.state.calls[exchange.state.entries[entry]]
        assert each.visit is not None
        rows.append(
            {
                "call": each.id,
                "position": len(rows) + 1,
                "since": _seconds(exchange, each.visit.entered_ms),
                "caller": each.calling,
                "priority": exchange.settings.queue[name].priority,
                "_entered_ms": each.visit.entered_ms,
            }
        )
    return rows


def _by_state(exchange: Exchange, name: str) -> dict[str, int]:
    states: dict[str, int] = {}
    for record in exchange.state.agents.values():
        if name in exchange.settings.agent[record.agent].queues:
            state = record.shown_state
            states[state] = states.get(state, 0) + 1
    return states


def trunks(exchange: Exchange) -> list[Row]:
    """The trunks and what they carry."""
    return [
        {
            "trunk": name,
            "driver": trunk.driver,
            "host": trunk.host,
            "channels": exchange.settings.channels_of(trunk),
            "used": exchange.state.channels.get(name, 0),
            "state": "down" if name in exchange.state.trunks_down else "up",
            "why": exchange.state.trunks_down.get(name, ""),
        }
        for name, trunk in exchange.settings.trunk.items()
    ]


def phones(exchange: Exchange) -> list[Row]:
    """The extensions and where their phones are."""
    rows: list[Row] = []
    for number, extension in exchange.settings.extension.items():
        device = exchange.state.device(number)
        rows.append(
            {
                "extension": number,
                "name": extension.name,
                "contact": extension.contact or None,
                "reachable": device.is_reachable,
                "calls": len(device.legs),
                "bindings": [
                    {
                        "contact": bound.contact,
                        "flow": bound.flow,
                        "expires": bound.expires_wall_ms / 1000,
                        "user_agent": bound.user_agent,
                    }
                    for bound in device.bindings.values()
                ],
            }
        )
    return rows


def hours(exchange: Exchange) -> list[Row]:
    """The opening hours: whether they are open now, and how the night key stands."""
    night = exchange.switch.night
    return [
        {"hours": name, "open": night.is_open(name), "mode": night.mode(name)}
        for name in exchange.settings.hours
    ]


def whole(exchange: Exchange, now: int) -> Row:
    """Everything a console draws from, at `now`."""
    return {
        "site": exchange.settings.site.name,
        "language": exchange.settings.site.language,
        "timezone": exchange.settings.site.timezone,
        "time": exchange.state.wall(now) / 1000,
        "agents": agents(exchange),
        "calls": calls(exchange),
        "queues": [queue(exchange, name, now) for name in exchange.settings.queue],
        "trunks": trunks(exchange),
        "hours": hours(exchange),
    }
