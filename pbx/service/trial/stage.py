"""A site on a stage: a real exchange in virtual time, with far ends that do as they are told.

    step -> fact -> Exchange -> commands -> the far ends -> facts …

What a machine does by itself happens at once: a phone that is called rings, two legs are joined, a
leg that is released goes. A prompt takes `PROMPT_MS`. People do nothing without a step.
"""

from __future__ import annotations

import datetime
import heapq
import zoneinfo
from collections import deque
from collections.abc import Callable
from typing import Any

from config.settings import Settings, to_json, version
from pbx import commands, events, notes
from pbx.commands import Command
from pbx.events import Fact, Refused
from pbx.exchange import Exchange
from pbx.service.trial.trail import Line, Trail
from pbx.state import State

PROMPT_MS = 2_000
KEY_MS = 200  # from one key to the next
SILENCE_MS = 32_000  # a request without any response is given up
YEAR_MS = 366 * 86_400_000
COMMANDS_MAX = 100_000  # of one test; more is a circle, or a day too long
SILENT, BUSY_HERE, CANCELLED = 408, 486, 487
NORMAL, USER_BUSY, TEMPORARY = 16, 17, 41


class Stuck(Exception):
    """The exchange has more to do at one time than a test can take."""


class Stage:
    """An exchange with a configuration in force, and the far ends of its legs."""

    def __init__(self, settings: Settings, local: datetime.datetime) -> None:
        self.settings = settings
        self.now = 0
        self.lines: list[Line] = []
        self.calls: dict[str, str] = {}  # name of a caller -> call id
        self.silent: set[str] = set()  # extensions and trunks that say nothing at all
        self.recording: dict[str, str] = {}  # call id -> on, paused, off
        self.trail = Trail()
        self.notes: list[notes.Note] = []
        self._inbox: deque[Fact] = deque()
        self._timers: list[tuple[int, int, Fact, Line, int]] = []
        self._events = 0
        self.exchange = Exchange(State(group="t"))
        wall = local.replace(tzinfo=zoneinfo.ZoneInfo(settings.site.timezone))
        self._wall_ms = round(wall.timestamp() * 1000)
        self.put(events.Started(1, self._wall_ms))
        self.put(events.Configured(to_json(settings), version(settings)))

    # ---- time ----------------------------------------------------------------------------

    def put(self, fact: Fact) -> Refused | None:
        """Hand a fact to the exchange, and all that follows at once; a wish may be refused."""
        self._inbox.append(fact)
        self.exchange.refused = None
        self._settle()
        return self.exchange.refused

    def wait(self, until: Callable[[], bool], patience_ms: int) -> bool:
        """Let time pass until something is so, at most for `patience_ms`; whether it came so."""
        end = self.now + patience_ms
        while not until():
            when = self._next()
            if when is None or when > end:
                self.now = end
                return until()
            self.now = max(self.now, when)
            self._fire()
        return True

    def _next(self) -> int | None:
        mine = self._timers[0][0] if self._timers else None
        deadline = self.exchange.next_deadline()
        return min((each for each in (mine, deadline) if each is not None), default=None)

    def _fire(self) -> None:
        while self._timers and self._timers[0][0] <= self.now:
            _, _, fact, line, turn = heapq.heappop(self._timers)
            if line.turn == turn and not line.is_gone:
                self._inbox.append(fact)
        self._settle()
        self._obey(self.exchange.tick(self.now))
        self._settle()

    def _settle(self) -> None:
        while self._inbox:
            self._obey(self.exchange.handle(self._inbox.popleft(), self.now))

    def _later(self, after_ms: int, fact: Fact, *, line: Line) -> None:
        when = self.now + after_ms
        heapq.heappush(self._timers, (when, self._events, fact, line, line.turn))

    # ---- what people do ------------------------------------------------------------------

    def register(self, extension: str) -> None:
        """A phone registers."""
        wall_ms = self._wall_ms + self.now + YEAR_MS
        contact = f"sip:{extension}@192.0.2.1"
        self.put(events.Bound(extension, contact, "udp", wall_ms, f"stage-{extension}", 1))

    def call(self, source: str, calling: str, *, called: str, name: str) -> None:
        """Somebody calls; `source` is `trunk:NAME` or `extension:NUMBER`."""
        self._events += 1
        leg = events.leg_number(1, self._events, incoming=True)
        line = Line(leg, source.partition(":")[2], name=name, is_incoming=True)
        self.lines.append(line)
        self.trail.add(self.now, name, f"calls {called}")
        self.put(events.CallArrived(leg, source, calling, called))

    def press(self, line: Line, keys: str) -> None:
        """Keys are pressed on a leg, one after the other."""
        for key in keys:
            self.trail.add(self.now, line.name, f"presses {key}")
            if line.pin_of:
                self._typed(line, key)
            elif not line.partner:  # between two who talk, keys pass by
                self.put(events.Digit(line.leg, key))
            self.wait(lambda: False, KEY_MS)

    def _typed(self, line: Line, key: str) -> None:
        agent = self.settings.agent.get(line.pin_of)
        pin = agent.pin if agent else ""
        line.typed += key if key != "#" else ""
        if key == "#" or len(line.typed) >= len(pin):
            correct = bool(pin) and line.typed == pin
            line.pin_of, line.typed = "", ""
            self.put(events.PinChecked(line.leg, correct))

    def answer(self, line: Line) -> None:
        """A phone that rings, or the far end of a trunk, is picked up."""
        line.is_up = True
        line.turn += 1
        self.trail.add(self.now, line.name, "answers")
        self.put(events.Answered(line.leg))

    def refuse(self, line: Line, code: int) -> None:
        """A phone that rings, or a trunk, says no."""
        cause = USER_BUSY if code == BUSY_HERE else TEMPORARY
        self._gone(line, f"refuses ({code})")
        self.put(events.Released(line.leg, cause, code, True))

    def hang_up(self, line: Line) -> None:
        """Somebody who is in a call, or waits for its answer, hangs up."""
        if not line.is_up and not line.is_incoming:
            self.refuse(line, BUSY_HERE)
            return
        code = 0 if line.is_up else CANCELLED
        self._gone(line, "hangs up")
        self.put(events.Released(line.leg, NORMAL, code, True))

    def do(self, line: Line, what: str, *, fact: Fact) -> None:
        """Somebody does something else with a phone: hold, transfer."""
        self.trail.add(self.now, line.name, what)
        self.put(fact)

    # ---- what the far ends do ------------------------------------------------------------

    def _obey(self, said: list[Command]) -> None:
        for note in self.exchange.take_notes():
            self._note(note)
        for command in said:
            self._events += 1
            if self._events > COMMANDS_MAX:
                raise Stuck(f"over {COMMANDS_MAX} commands: is this a circle?")
            act = _ACTS.get(type(command))
            if act is not None:
                act(self, command)

    def line(self, leg: int) -> Line | None:
        """The far end of a leg, also one that has gone."""
        return next((each for each in reversed(self.lines) if each.leg == leg), None)

    def _note(self, note: notes.Note) -> None:
        self.notes.append(note)
        match note:
            case notes.CallOpened(call=call):
                if self.lines:
                    self.calls[self.lines[-1].name] = call
            case notes.QueueEntered(queue=queue, call=call):
                self.trail.add(self.now, self._named(call), f"enters the queue {queue}")
            case notes.QueueLeft(queue=queue, call=call, outcome=outcome):
                self.trail.add(self.now, self._named(call), f"leaves {queue}: {outcome}")
            case notes.CallClosed(call=call, outcome=outcome):
                self.trail.add(self.now, self._named(call), f"ends: {outcome}")

    def _named(self, call: str) -> str:
        return next((name for name, each in self.calls.items() if each == call), call)

    def _ring(self, command: commands.Ring) -> None:
        name = command.target.partition(":")[2]
        line = Line(command.leg, name, name=name, calling=command.calling, number=command.number)
        self.lines.append(line)
        if name in self.silent:
            self.trail.add(self.now, name, "is called and does not answer at all")
            fact = events.Released(command.leg, TEMPORARY, SILENT, True)
            self._later(command.silence_ms or SILENCE_MS, fact, line=line)
            return
        shown = f" {command.number}" if command.target.startswith("trunk:") else ""
        self.trail.add(self.now, name, f"rings{shown} for {command.calling}")
        line.rings = True
        self._inbox.append(events.Alerting(command.leg))

    def _alert(self, command: commands.Alert) -> None:
        self._hear(command.leg, "ringback")

    def _answer(self, command: commands.Answer) -> None:
        line = self.line(command.leg)
        if line is not None:
            line.is_up = True

    def _play(self, command: commands.Play) -> None:
        self._hear(command.leg, command.sound)

    def _silence(self, command: commands.Silence) -> None:
        self._hear(command.leg, "silence")

    def _say(self, command: commands.Say) -> None:
        line = self._hear(command.leg, *command.sounds)
        if line is not None:
            played = events.Played(command.leg, command.play)
            self._later(PROMPT_MS * len(command.sounds), played, line=line)

    def _hear(self, leg: int, *sounds: str) -> Line | None:
        line = self.line(leg)
        if line is None or line.is_gone:
            return None
        self._part(line)
        line.turn += 1
        line.hear(sounds)
        self.trail.add(self.now, line.name, f"hears {' '.join(sounds)}")
        return line

    def _part(self, line: Line) -> None:
        other = self.line(line.partner) if line.partner else None
        if other is not None:
            other.partner = 0
        line.partner = 0

    def _bridge(self, command: commands.Bridge) -> None:
        ends = self.line(command.leg), self.line(command.other)
        if None in ends:
            return
        for line, other in (ends, ends[::-1]):
            assert line is not None and other is not None
            if line.partner != other.leg:
                self._part(line)
            line.turn += 1
            line.hear(("talk",))
        one, two = ends
        assert one is not None and two is not None
        one.partner, two.partner = two.leg, one.leg
        self.trail.add(self.now, one.name, f"talks with {two.name}")
        self._inbox.append(events.Bridged(command.leg, command.other))

    def _release(self, command: commands.Release) -> None:
        line = self.line(command.leg)
        if line is not None and not line.is_gone:
            self._gone(line, f"is released (cause {command.cause})")
            self._inbox.append(events.Released(command.leg, command.cause, 0, False))

    def _gone(self, line: Line, how: str) -> None:
        self._part(line)
        line.is_gone, line.is_up, line.rings = True, False, False
        line.turn += 1
        self.trail.add(self.now, line.name, how)

    def _check_pin(self, command: commands.CheckPin) -> None:
        line = self.line(command.leg)
        if line is not None:
            line.pin_of, line.typed = command.agent, ""

    def _record(self, command: commands.Record) -> None:
        self.recording[command.call] = "on"
        self.trail.add(self.now, self._named(command.call), "is recorded")

    def _pause_recording(self, command: commands.PauseRecording) -> None:
        self.recording[command.call] = "paused"

    def _stop_recording(self, command: commands.StopRecording) -> None:
        self.recording[command.call] = "off"

    def _transfer_result(self, command: commands.TransferResult) -> None:
        line = self.line(command.leg)
        if line is not None:
            self.trail.add(self.now, line.name, f"is told of its transfer: {command.code}")


_ACTS: dict[type, Callable[[Stage, Any], None]] = {
    commands.Ring: Stage._ring,
    commands.Alert: Stage._alert,
    commands.Answer: Stage._answer,
    commands.Play: Stage._play,
    commands.Silence: Stage._silence,
    commands.Say: Stage._say,
    commands.Bridge: Stage._bridge,
    commands.Release: Stage._release,
    commands.CheckPin: Stage._check_pin,
    commands.Record: Stage._record,
    commands.PauseRecording: Stage._pause_recording,
    commands.StopRecording: Stage._stop_recording,
    commands.TransferResult: Stage._transfer_result,
}
