"""Exchanges for tests: a small site in TOML, facts in, commands out, notes by name."""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec

from config.settings import Settings, to_json, version
from pbx.commands import Command, Ring
from pbx.events import Answered, Bound, Bridged, CallArrived, Configured, Fact, Released, Started
from pbx.exchange import Exchange
from pbx.notes import Note
from pbx.state import State

SITE = """
[trunk.gateway]
host = "192.0.2.1:5060"

[extension.201]
contact = "sip:192.0.2.11:5060"
[extension.202]
contact = "sip:192.0.2.12:5060"
[extension.203]
password = "xxxxxxxxxxxxxxxx"
[extension.300]
contact = "sip:192.0.2.30:5060"

[queue.sales]
offer_s = 15
wrap_up_s = 10
pause_after_misses = 3
max_wait_s = 300

[agent.2001]
extension = "201"
queues = ["sales"]
[agent.2002]
extension = "202"
queues = ["sales"]
[agent.2003]
extension = "203"
queues = ["sales"]

[[route]]
from = "gateway"
called = "100"
to = "queue:sales"
[[route]]
from = "gateway"
called = ["3*"]
to = "extension:300"
[[route]]
from = "extensions"
called = "9*"
strip = 1
to = "trunk:gateway"
"""
WALL_MS = 1_790_000_000_000
TIMED_OUT = 408


def settings_of(toml: str) -> Settings:
    """Settings of a configuration given as text."""
    return msgspec.convert(tomllib.loads(toml), Settings)


class Desk:
    """An exchange under test, and the far ends of its legs."""

    def __init__(self, toml: str = SITE, exchange: Exchange | None = None) -> None:
        self.notes: list[Note] = []
        self.facts: list[tuple[int, Fact | None]] = []
        self.legs = 0
        self.now = 0
        self.exchange = exchange or Exchange(State(group="t"))
        if exchange is None:
            self.put(Started(1, WALL_MS))
            self.configure(toml)

    def configure(self, toml: str) -> list[Command]:
        """Put a configuration in force."""
        settings = settings_of(toml)
        return self.put(Configured(to_json(settings), version(settings)))

    def put(self, fact: Fact | None, now: int | None = None) -> list[Command]:
        """Hand in a fact (None: a tick); the commands it gives."""
        self.now = self.now if now is None else now
        self.facts.append((self.now, fact))
        commands = (
            self.exchange.tick(self.now) if fact is None else self.exchange.handle(fact, self.now)
        )
        self.notes += self.exchange.take_notes()
        assert self.exchange.engine.check() == []
        return commands

    def tick(self, now: int) -> list[Command]:
        """Let time pass to `now`."""
        return self.put(None, now)

    def call(self, called: str = "100", source: str = "trunk:gateway", **more: Any) -> int:
        """A call comes in; its leg. What it gave is in `said`."""
        self.legs += 1
        leg = (1 << 32) | (self.legs << 1) | 1
        self.said = self.put(CallArrived(leg, source, more.get("calling", "5551000"), called))
        return leg

    def rung(self, commands: list[Command] | None = None) -> dict[str, int]:
        """The phones that were rung: extension (or trunk) -> leg."""
        commands = self.said if commands is None else commands
        return {
            each.target.partition(":")[2]: each.leg for each in commands if isinstance(each, Ring)
        }

    def answer(self, leg: int) -> list[Command]:
        """A phone is picked up."""
        return self.put(Answered(leg))

    def bridge(self, leg: int, other: int) -> list[Command]:
        """The media thread has joined two legs."""
        return self.put(Bridged(leg, other))

    def gone(self, leg: int, code: int = 0, *, cause: int = 16, far: bool = True) -> list[Command]:
        """A leg is gone."""
        return self.put(Released(leg, cause, code, far))

    def talk(self, called: str = "100") -> tuple[int, int]:
        """A call that has come to talk with an agent: caller's leg, agent's leg."""
        caller = self.call(called)
        (agent,) = self.rung().values()
        self.answer(agent)
        self.bridge(caller, agent)
        return caller, agent

    def register(self, extension: str, contact: str = "sip:a@192.0.2.13") -> list[Command]:
        """A phone registers."""
        return self.put(Bound(extension, contact, "udp", WALL_MS + 3_600_000, "c", 1))

    def state(self, agent: str) -> str:
        """An agent's standing."""
        return self.exchange.state.agents[agent].state

    def of(self, kind: type[Note]) -> list[Any]:
        """The notes of one kind so far."""
        return [note for note in self.notes if isinstance(note, kind)]
