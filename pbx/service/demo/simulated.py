"""`python -m pbx.service.demo.simulated FILE`: the people of the demo, with telephones.

    plan of the day -> call 4000, 4001 … -> wait, press a key, give up -> talk -> hang up
    a desk phone rings -> its agent answers after a while, now and then not at all

They are a process of their own and meet the exchange only on the wire: SIP and RTP on loopback.
The file (JSON) is a `Cast`. Prints `ready`; at SIGTERM all hang up, and it ends.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from pbx.events import Answered, CallArrived, Fact, Released
from pbx.service.demo.believable_day import MENU, Arrival, CallOut, Habits, arrivals, calls_out
from pbx.service.demo.soft_phones import BUSY, SoftPhones

GATEWAY, DESKS = 0, 1  # the places of a cast
CALLS_MAX = 1000  # callers at a time; those beyond stay at home
MISSED, REFUSED = 0.03, 0.01  # shares of the calls that ring at a desk
RING_S = (1.5, 5.0)
STRANGER_S = (20.0, 60.0)  # how long a desk talks with somebody who is not of the plan
HOLD_S = (6.0, 18.0)
BACK_S = 30.0  # a desk waits so long for the other one to answer
FAREWELL_S = 3.0
LOOK_S = 0.05


class Cast(msgspec.Struct, frozen=True):
    """Who plays, and where: `places` are host:port of the gateway and of the desk phones, `desks`
    the extensions there; `reception` is the one that agents lead callers to, and that calls out
    by `prefix`; "" if there is none."""

    exchange: str
    places: tuple[str, str]
    ports: tuple[int, int]
    desks: tuple[str, ...]
    habits: Habits
    reception: str = ""
    prefix: str = "9"


class Caller:
    """Somebody on the outside, on one leg; whether they talk, and have been passed on."""

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival
        self.is_talking = False
        self.was_passed_on = False


class People:
    """All who play. A person's next step waits in `_steps` and falls with their leg."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._habits = cast.habits
        self._loop = asyncio.get_running_loop()
        self._chance = {
            desk: random.Random(f"{cast.habits.seed} {desk}") for desk in cast.desks
        }
        self._callers: dict[int, Caller] = {}
        self._numbers: dict[str, int] = {}
        self._partners: dict[int, int] = {}  # leg of a desk -> leg of the caller it talks with
        self._steps: dict[int, list[asyncio.TimerHandle]] = {}
        self._coming = arrivals(cast.habits)
        self._going_out = calls_out(cast.habits)
        self._dialled: set[int] = set()  # legs on which the reception calls out
        self._next: dict[str, asyncio.TimerHandle] = {}
        self.phones = SoftPhones(
            cast.exchange, places=cast.places, ports=cast.ports, on_fact=self._on_fact
        )

    async def open(self) -> None:
        """Take the telephones, and let the day begin."""
        await self.phones.open()
        self._begun = self._loop.time()
        self._await_next()
        if self._cast.reception:
            self._await_call_out()

    async def close(self) -> None:
        """Nobody calls any more; all hang up."""
        for timer in self._next.values():
            timer.cancel()
        for leg in list(self.phones.agent.legs):
            self.phones.hang_up(leg)
        for _ in range(round(FAREWELL_S / LOOK_S)):
            if not self.phones.agent.legs:
                break
            await asyncio.sleep(LOOK_S)
        self.phones.close()

    # ---- callers

    def _await_next(self) -> None:
        arrival = next(self._coming)
        at = self._begun + arrival.at_ms / 1000
        self._next["in"] = self._loop.call_at(at, self._call, arrival)

    def _call(self, arrival: Arrival) -> None:
        self._await_next()
        if len(self._callers) >= CALLS_MAX:
            return
        leg = self.phones.call(arrival.called, arrival.calling, name=arrival.name, socket=GATEWAY)
        self._callers[leg] = Caller(arrival)
        self._numbers[arrival.calling] = leg

    def _is_answered(self, leg: int, caller: Caller) -> None:
        """The exchange has taken the call: wait, and press a key where one is asked for."""
        arrival = caller.arrival
        self.phones.wait(leg)
        patience_ms = arrival.patience_ms
        if arrival.called == MENU:
            patience_ms += arrival.key_ms
            if arrival.key:
                self._later(leg, arrival.key_ms, do=partial(self.phones.press, leg, arrival.key))
        self._later(leg, patience_ms, do=partial(self._give_up, leg))

    def _give_up(self, leg: int) -> None:
        caller = self._callers.get(leg)
        if caller is not None and not caller.is_talking:
            self.phones.hang_up(leg)

    # ---- desks

    def _await_call_out(self) -> None:
        call = next(self._going_out)
        at = self._begun + call.at_ms / 1000
        self._next["out"] = self._loop.call_at(at, self._call_out, call)

    def _call_out(self, call: CallOut) -> None:
        self._await_call_out()
        number = self._cast.prefix + call.number
        self._dialled.add(self.phones.call(number, self._cast.reception, socket=DESKS))

    def _ring(self, fact: CallArrived) -> None:
        """A desk phone rings; what rings at the gateway is answered by somebody outside."""
        leg = fact.leg
        desk = fact.called if fact.called in self._chance else ""
        chance = self._chance.get(desk) or random.Random(fact.called)
        self.phones.alert(leg)
        luck = chance.random()
        ring_ms = self._habits.ms(chance.uniform(*RING_S))
        if not desk or luck >= MISSED + REFUSED:
            self._later(leg, ring_ms, do=partial(self._answer, leg, fact.calling))
        elif luck >= MISSED:
            self._later(leg, ring_ms, do=partial(self.phones.hang_up, leg, BUSY))

    def _answer(self, leg: int, calling: str) -> None:
        """The receiver is lifted: both talk, until one of them hangs up."""
        self.phones.answer(leg)
        self.phones.speak(leg, leg // 2, listens_first=False)
        other = self._numbers.get(calling)
        if other is None or other not in self._callers:
            chance = random.Random(f"{self._habits.seed} {leg}")
            talk_ms = self._habits.ms(chance.uniform(*STRANGER_S))
            self._later(leg, talk_ms, do=partial(self.phones.hang_up, leg))
            return
        self._partners[leg] = other
        self.phones.speak(other, self._callers[other].arrival.voice, listens_first=True)
        self._talk(leg, other, caller=self._callers[other])

    def _talk(self, leg: int, other: int, *, caller: Caller) -> None:
        """What happens in a talk, and its end."""
        arrival = caller.arrival
        half_ms, talk_ms = arrival.talk_ms // 2, arrival.talk_ms
        is_passed_on = arrival.is_passed_on and not caller.was_passed_on and self._cast.reception
        caller.is_talking = True
        if is_passed_on:
            caller.was_passed_on = True
            self._later(leg, talk_ms, do=partial(self.phones.pass_on, leg, self._cast.reception))
            talk_ms += self._habits.ms(BACK_S)
        elif arrival.is_held:
            held_ms = self._habits.ms(random.Random(arrival.calling).uniform(*HOLD_S))
            self._later(leg, half_ms, do=partial(self._hold, leg, True))
            self._later(leg, half_ms + held_ms, do=partial(self._hold, leg, False))
            talk_ms += held_ms
        if arrival.hangs_up and not is_passed_on:
            self._later(other, talk_ms, do=partial(self.phones.hang_up, other))
        else:
            self._later(leg, talk_ms, do=partial(self.phones.hang_up, leg))

    def _hold(self, leg: int, is_held: bool) -> None:
        self.phones.hold(leg, is_held=is_held)

    # ---- what happens

    def _on_fact(self, fact: Fact) -> None:
        match fact:
            case Answered(leg=leg) if leg in self._callers:
                self._is_answered(leg, self._callers[leg])
            case Answered(leg=leg) if leg in self._dialled:
                self.phones.speak(leg, leg // 2, listens_first=True)
            case CallArrived():
                self._ring(fact)
            case Released(leg=leg):
                self._released(leg)

    def _released(self, leg: int) -> None:
        for step in self._steps.pop(leg, ()):
            step.cancel()
        self._dialled.discard(leg)
        caller = self._callers.pop(leg, None)
        if caller is not None:
            self._numbers.pop(caller.arrival.calling, None)
        other = self._partners.pop(leg, 0)
        left = self._callers.get(other)
        if left is not None:  # alone in the line: passed on, or the exchange hangs up next
            left.is_talking = False
            self.phones.wait(other)
            self._later(other, left.arrival.patience_ms, do=partial(self._give_up, other))

    def _later(self, leg: int, ms: int, *, do: Callable[[], None]) -> None:
        """Have a step done for a leg, if it is still there then."""
        waiting = self._steps.setdefault(leg, [])
        waiting.append(self._loop.call_later(ms / 1000, do))


async def play(cast: Cast) -> None:
    """Play until told to stop."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    people = People(cast)
    await people.open()
    print("ready", flush=True)
    await ended.wait()
    await people.close()


def main(words: list[str]) -> int:
    """Play the cast in the file; returns the exit code."""
    try:
        cast = msgspec.json.decode(Path(words[0]).read_bytes(), type=Cast)
        asyncio.run(play(cast))
    except (IndexError, OSError, msgspec.DecodeError) as error:
        print(f"pbx.service.demo.simulated FILE: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
