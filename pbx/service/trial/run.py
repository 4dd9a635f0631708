"""Runs call-flow tests: a stage for each, its steps in order, the first fault with its trail."""

from __future__ import annotations

import msgspec

from config.settings import Settings
from pbx import events
from pbx.service.trial.file import FlowTest
from pbx.service.trial.stage import Stage, Stuck
from pbx.service.trial.steps import VERBS, Unmet
from pbx.service.trial.trail import Trail

OUT_OF_REACH = ("logged_out", "unreachable")


class Result(msgspec.Struct, frozen=True):
    """What came of a test: `fault` is empty when all went as expected; `took_ms` is virtual."""

    file: str
    line: int
    name: str
    took_ms: int
    step: int = 0
    fault: str = ""
    trail: tuple[str, ...] = ()


def run_test(test: FlowTest, settings: Settings) -> Result:
    """Play a test through an exchange of its own."""
    stage = Stage(settings, test.at)
    line, number = test.line, 0
    try:
        _prepare(stage, test)
        stage.trail = Trail()
        start = stage.now
        for step in test.steps:
            line, number = step.line, step.number
            VERBS[step.verb].run(stage, step)
    except (Unmet, Stuck) as fault:
        trail = tuple(stage.trail.last())
        return Result(test.file, line, test.name, stage.now, number, str(fault), trail)
    return Result(test.file, test.line, test.name, stage.now - start)


def _prepare(stage: Stage, test: FlowTest) -> None:
    """Phones that can be reached, and who is logged in."""
    for name in test.unreachable:
        if name not in stage.settings.trunk and name not in stage.settings.extension:
            raise Unmet("a trunk or an extension in unreachable", f'there is no "{name}"')
    stage.silent |= set(test.unreachable)
    for number, extension in stage.settings.extension.items():
        if not extension.contact and number not in test.unreachable:
            stage.register(number)
        elif number in test.unreachable:
            stage.put(events.DeviceLost(number))
    if test.logged_in is not None:
        _log_in(stage, test.logged_in)


def _log_in(stage: Stage, wanted: tuple[str, ...]) -> None:
    """Have these agents logged in (`2001`, `2001@202` at another phone), and no others."""
    phones = dict(each.partition("@")[::2] for each in wanted)
    records = stage.exchange.state.agents
    for agent, record in records.items():
        if record.logged_in and agent not in phones:
            stage.put(events.LogoutAsked(agent))
    for agent, phone in phones.items():
        if agent not in records:
            raise Unmet("agents in logged_in", f'there is no agent "{agent}"')
        refused = None
        if phone or not records[agent].logged_in:
            refused = stage.put(events.LoginAsked(agent, phone))
        if refused is not None or records[agent].state in OUT_OF_REACH:
            why = refused.reason if refused else "no phone of this agent can be reached"
            raise Unmet(f"agent {agent} to be logged in", why)
