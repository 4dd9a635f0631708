"""The steps of a call-flow test: what people do, and what must come of it.

Each step is a table with one verb, `{ press = "1" }`, and what the verb takes besides. A step that
expects something lets time pass until it is so, at most `within_s` (10 s unless it says so).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from pbx import events
from pbx.events import Fact
from pbx.notes import CallClosed, QueueEntered, QueueLeft
from pbx.service.trial.stage import BUSY_HERE, Stage
from pbx.service.trial.trail import Line

CALLER, CALLING = "caller", "5551000"  # who calls, unless a step says otherwise
PATIENCE_S = 10
KEYS = frozenset("0123456789*#ABCD")
TEXT, NUMBER, FLAG, TEXTS = "a text", "a number", "true or false", "a text or a list of texts"
WITHIN = {"within_s": NUMBER}


class Unmet(Exception):
    """A step cannot be taken, or what it expects has not come."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}; got: {got}")


class Step(msgspec.Struct, frozen=True):
    """A step as written: its line and number (from 1) in the test, its verb, the rest."""

    line: int
    number: int
    verb: str
    value: Any
    more: dict[str, Any]

    @property
    def patience_ms(self) -> int:
        """How long it may take until what is expected is so."""
        return round(float(self.more.get("within_s", PATIENCE_S)) * 1000)

    @property
    def by(self) -> str:
        """Who it is about: the caller, unless it says so."""
        return str(self.more.get("by", CALLER))


class Verb(msgspec.Struct, frozen=True):
    """What a verb does, the kind of its value and of what it takes besides; one of `needs`."""

    run: Callable[[Stage, Step], None]
    kind: str = TEXT
    more: dict[str, str] = {}
    needs: tuple[str, ...] = ()


# ---- what people do --------------------------------------------------------------------------


def _call(stage: Stage, step: Step) -> None:
    trunks = list(stage.settings.trunk)
    source = str(step.more.get("from", trunks[0] if trunks else ""))
    if source in stage.settings.trunk:
        kind, calling = "trunk", CALLING
    elif source in stage.settings.extension:
        kind, calling = "extension", source
    else:
        raise Unmet("a call from a trunk or an extension", f'there is no "{source}"')
    calling = str(step.more.get("caller", calling))
    stage.call(
        f"{kind}:{source}", calling, called=step.value, name=str(step.more.get("as", CALLER))
    )


def _press(stage: Stage, step: Step) -> None:
    if not set(step.value) <= KEYS:
        raise Unmet("keys from 0 to 9, *, # and A to D", step.value)
    stage.press(_live(stage, step.by), step.value)


def _answers(stage: Stage, step: Step) -> None:
    stage.answer(_rung(stage, step))


def _refuses(stage: Stage, step: Step) -> None:
    stage.refuse(_rung(stage, step), int(step.more.get("code", BUSY_HERE)))


def _hangs_up(stage: Stage, step: Step) -> None:
    stage.hang_up(_live(stage, step.value))


def _holds(stage: Stage, step: Step) -> None:
    line = _talking(stage, step.value)
    stage.do(line, "holds", fact=events.Held(line.leg))


def _resumes(stage: Stage, step: Step) -> None:
    line = _talking(stage, step.value)
    stage.do(line, "resumes", fact=events.Retrieved(line.leg))


def _transfers(stage: Stage, step: Step) -> None:
    if "with" not in step.more:
        line, to = _talking(stage, step.value), str(step.more["to"])
        stage.do(line, f"transfers to {to}", fact=events.TransferAsked(line.leg, to))
        return
    other = _talking(stage, str(step.more["with"]))
    mine = _at(stage, step.value, such=lambda line: line.is_up and line is not other)
    if not mine:
        raise Unmet(f"{step.value} to be in two talks", "it is in one")
    stage.do(mine[-1], "joins its talks", fact=events.TransferAsked(mine[-1].leg, "", other.leg))


def _after(stage: Stage, step: Step) -> None:
    stage.wait(lambda: False, round(step.value * 1000))


def _wish(make: Callable[[Stage, Step], Fact]) -> Callable[[Stage, Step], None]:
    """A step that asks something of the exchange, which must not refuse it."""

    def run(stage: Stage, step: Step) -> None:
        refused = stage.put(make(stage, step))
        if refused is not None:
            raise Unmet(f"{step.verb} {step.value} to be done", f"refused: {refused.reason}")

    return run


def _lost(stage: Stage, step: Step) -> None:
    is_trunk = step.value in stage.settings.trunk
    kind = events.TrunkLost if is_trunk else events.DeviceLost
    stage.silent.add(step.value)
    stage.put(kind(step.value))


def _found(stage: Stage, step: Step) -> None:
    is_trunk = step.value in stage.settings.trunk
    kind = events.TrunkFound if is_trunk else events.DeviceFound
    stage.silent.discard(step.value)
    stage.put(kind(step.value))


# ---- what must come of it --------------------------------------------------------------------


def _hears(stage: Stage, step: Step) -> None:
    wanted = (step.value,) if isinstance(step.value, str) else tuple(step.value)
    line = _somebody(stage, step.by)
    if not stage.wait(lambda: line.has_heard(wanted), step.patience_ms):
        raise Unmet(f'{step.by} to hear "{" ".join(wanted)}"', line.since_asked())


def _rings(stage: Stage, step: Step) -> None:
    shown = {key: step.more[key] for key in ("caller", "number") if key in step.more}
    line = _rung(stage, step)
    seen = {"caller": line.calling, "number": line.number}
    for key, want in shown.items():
        if seen[key] != want:
            raise Unmet(f"{step.value} to ring with the {key} {want}", seen[key] or "none")


def _quiet(stage: Stage, step: Step) -> None:
    for line in _at(stage, step.value, such=_is_live):
        how = "it talks" if line.is_up else f"it rings for {line.calling}"
        raise Unmet(f"{step.value} to be quiet", how)


def _talks(stage: Stage, step: Step) -> None:
    other = str(step.more.get("with", CALLER))

    def is_so() -> bool:
        ends = {line.leg for line in _at(stage, other, such=_is_live)}
        return any(line.partner in ends for line in _at(stage, step.value, such=_is_live))

    if not stage.wait(is_so, step.patience_ms):
        partners = [stage.line(line.partner) for line in _at(stage, step.value, such=_is_live)]
        names = [line.name for line in partners if line is not None]
        got = f"it talks with {' '.join(names)}" if names else "it talks with nobody"
        raise Unmet(f"{step.value} to talk with {other}", got)


def _waits(stage: Stage, step: Step) -> None:
    if not stage.wait(lambda: _queue_of(stage, step.by) == step.value, step.patience_ms):
        where = _queue_of(stage, step.by)
        got = f"waits in {where}" if where else "waits in no queue"
        raise Unmet(f"{step.by} to wait in {step.value}", got)
    call = stage.exchange.state.calls[_call_of(stage, step.by)]
    wanted = step.more.get("position")
    position = stage.exchange.engine.position(call.visit.entry) if call.visit else 0
    if wanted is not None and position != wanted:
        raise Unmet(f"{step.by} at position {wanted}", f"position {position}")


def _ends(stage: Stage, step: Step) -> None:
    call = _call_of(stage, step.by)

    def closed() -> list[CallClosed]:
        return [note for note in stage.notes if isinstance(note, CallClosed) and note.call == call]

    if not stage.wait(lambda: bool(closed()), step.patience_ms):
        raise Unmet(f"the call of {step.by} to end", "it goes on")
    got = closed()[-1].outcome
    if got != step.value:
        raise Unmet(f'the call of {step.by} to end "{step.value}"', f'"{got}"')


def _agent(stage: Stage, step: Step) -> None:
    record = stage.exchange.state.agents.get(step.value)
    wanted = str(step.more["is"])
    if record is None:
        raise Unmet(f"agent {step.value} to be {wanted}", "there is no such agent")
    patience_ms = step.patience_ms if "within_s" in step.more else 0
    if not stage.wait(lambda: record.shown_state == wanted, patience_ms):
        raise Unmet(f"agent {step.value} to be {wanted}", record.shown_state)


def _recorded(stage: Stage, step: Step) -> None:
    state = stage.recording.get(_call_of(stage, step.by), "off")
    if (state == "on") != step.value:
        wanted = "to be recorded" if step.value else "not to be recorded"
        raise Unmet(f"the call of {step.by} {wanted}", f"its recording is {state}")


# ---- who is meant ----------------------------------------------------------------------------


def _is_live(line: Line) -> bool:
    return not line.is_gone


def _is_ringing(line: Line) -> bool:
    return line.rings and not line.is_up


def _at(stage: Stage, name: str, *, such: Callable[[Line], bool]) -> list[Line]:
    """The legs of a caller, or at an extension or trunk, that are such."""
    return [line for line in stage.lines if name in (line.name, line.party) and such(line)]


def _live(stage: Stage, name: str) -> Line:
    found = _at(stage, name, such=_is_live)
    if not found:
        raise Unmet(f"{name} to be in a call", "it is in none")
    return found[-1]


def _rung(stage: Stage, step: Step) -> Line:
    """The leg that rings at the step's phone or trunk, once it does."""
    if not stage.wait(lambda: bool(_at(stage, step.value, such=_is_ringing)), step.patience_ms):
        rings = [line.name for line in stage.lines if _is_ringing(line)]
        raise Unmet(f"{step.value} to ring", f"{' '.join(rings) or 'nobody'} rings")
    return _at(stage, step.value, such=_is_ringing)[-1]


def _talking(stage: Stage, name: str) -> Line:
    found = _at(stage, name, such=lambda line: line.is_up)
    if not found:
        raise Unmet(f"{name} to be in a talk", "it is in none")
    return found[-1]


def _somebody(stage: Stage, name: str) -> Line:
    """A leg that is there, else the last one that was."""
    found = _at(stage, name, such=_is_live) or _at(stage, name, such=lambda line: True)
    if not found:
        raise Unmet(f"{name} to have been in a call", "there was none")
    return found[-1]


def _call_of(stage: Stage, name: str) -> str:
    if name not in stage.calls:
        raise Unmet(f"a call of {name}", "there was none")
    return stage.calls[name]


def _queue_of(stage: Stage, name: str) -> str:
    """The queue that a caller waits in; "" for none."""
    call = _call_of(stage, name)
    for note in reversed(stage.notes):
        if isinstance(note, QueueEntered | QueueLeft) and note.call == call:
            return note.queue if isinstance(note, QueueEntered) else ""
    return ""


def _login(stage: Stage, step: Step) -> Fact:
    return events.LoginAsked(step.value, str(step.more.get("extension", "")))


def _pause(stage: Stage, step: Step) -> Fact:
    return events.PauseAsked(step.value, str(step.more.get("reason", "")))


def _night(stage: Stage, step: Step) -> Fact:
    return events.NightKeyTurned(step.value, str(step.more.get("hours", "")))


VERBS: dict[str, Verb] = {
    "call": Verb(_call, more={"from": TEXT, "caller": TEXT, "as": TEXT}),
    "press": Verb(_press, more={"by": TEXT}),
    "answers": Verb(_answers, more=WITHIN),
    "refuses": Verb(_refuses, more={"code": NUMBER, **WITHIN}),
    "hangs_up": Verb(_hangs_up),
    "holds": Verb(_holds),
    "resumes": Verb(_resumes),
    "transfers": Verb(_transfers, more={"to": TEXT, "with": TEXT}, needs=("to", "with")),
    "after_s": Verb(_after, NUMBER),
    "login": Verb(_wish(_login), more={"extension": TEXT}),
    "logout": Verb(_wish(lambda stage, step: events.LogoutAsked(step.value))),
    "pause": Verb(_wish(_pause), more={"reason": TEXT}),
    "unpause": Verb(_wish(lambda stage, step: events.UnpauseAsked(step.value))),
    "night": Verb(_wish(_night), more={"hours": TEXT}),
    "lost": Verb(_lost),
    "found": Verb(_found),
    "hears": Verb(_hears, TEXTS, more={"by": TEXT, **WITHIN}),
    "rings": Verb(_rings, more={"caller": TEXT, "number": TEXT, **WITHIN}),
    "quiet": Verb(_quiet),
    "talks": Verb(_talks, more={"with": TEXT, **WITHIN}),
    "waits": Verb(_waits, more={"by": TEXT, "position": NUMBER, **WITHIN}),
    "ends": Verb(_ends, more={"by": TEXT, **WITHIN}),
    "agent": Verb(_agent, more={"is": TEXT, **WITHIN}, needs=("is",)),
    "recorded": Verb(_recorded, FLAG, more={"by": TEXT}),
}
