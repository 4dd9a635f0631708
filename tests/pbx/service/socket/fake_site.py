"""A small site of plain rows for tests of the socket: two agents, a queue, a call that waits."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pbx.events import Fact, HangupAsked, LoginAsked, PauseAsked, Refused
from pbx.service.socket.accounts import Accounts
from pbx.service.socket.event_ring import EventRing
from pbx.service.socket.params import BackupParams, NeedParams, RecordingsParams, WhatIfParams
from pbx.service.socket.server import Server
from pbx.service.socket.topics import Topics

CALL = "a00003-00000007"
AGENTS = {"2001": ("王小明", "201"), "2002": ("Li Na", "202")}


class FakeSite:
    """Meets `api.Site`; keeps the facts it was asked to take in `facts`."""

    def __init__(self) -> None:
        self.epoch = 3
        self.facts: list[Fact] = []
        self.problems: list[dict[str, Any]] = []
        self.threads: set[int] = set()  # that read recordings
        self.may_read = threading.Event()
        self.may_read.set()
        self.is_disk_bad = False
        self.states = dict.fromkeys(AGENTS, "ready")

    def ask(self, fact: Fact) -> Refused | None:
        agent = getattr(fact, "agent", "2001")
        if agent not in AGENTS:
            return Refused("not_found", f"no agent {agent!r}")
        if isinstance(fact, LoginAsked) and self.states[agent] != "logged_out":
            return Refused("logged_in", f"agent {agent} is logged in already")
        self.facts.append(fact)
        if not isinstance(fact, HangupAsked):
            self.states[agent] = "paused" if isinstance(fact, PauseAsked) else "ready"
        return None

    def calls(self) -> list[dict[str, Any]]:
        ids = [f"a00003-{number:08x}" for number in range(7, 12)]
        return [{"call": call, "queue": "sales" if call == CALL else None} for call in ids]

    def call(self, call: str) -> dict[str, Any] | None:
        return {"call": call} if call == CALL else None

    def explain(self, call: str) -> list[dict[str, Any]] | None:
        return [{"t": 1.5, "what": "queue.entered", "queue": "sales"}] if call == CALL else None

    def explain_again(self, call: str) -> list[dict[str, Any]] | Refused:
        return self.explain(call) or Refused("not_found", f"no call {call!r}")

    def need(self, wanted: NeedParams) -> Any:
        return {"queue": wanted.queue}

    def what_if(self, wanted: WhatIfParams) -> Any:
        return {"queue": wanted.queue}

    def agents(self) -> list[dict[str, Any]]:
        return [
            {
                "agent": agent,
                "name": name,
                "extension": extension,
                "state": self.states[agent],
                "since": 1700000000.25,
                "reason": "",
                "queues": ["sales"],
                "call": None,
            }
            for agent, (name, extension) in AGENTS.items()
        ]

    def queues(self) -> list[dict[str, Any]]:
        return [{"queue": "sales", "strategy": "longest_idle", "waiting": 1}]

    def queue(self, name: str) -> dict[str, Any] | None:
        return {"queue": name, "waiting": [], "longest_s": 0.0} if name == "sales" else None

    def hours(self) -> list[dict[str, Any]]:
        return [{"hours": "office", "open": True, "mode": "auto"}]

    def trunks(self) -> list[dict[str, Any]]:
        return [{"trunk": "gateway", "calls": 1, "channels": 30}]

    def phones(self) -> list[dict[str, Any]]:
        bindings = [
            {"contact": f"sip:201@{host}", "flow": "", "expires": 1.7e9, "user_agent": "baresip"}
            for host in ("10.0.0.7", "10.0.0.8")
        ]
        return [
            phone("201", "王小明", reachable=True, bindings=bindings),
            phone("202", "Li Na", contact="sip:10.0.0.9"),
            phone("203", "Door"),
        ]

    def recordings(self, wanted: RecordingsParams) -> list[dict[str, Any]] | Refused:
        self.threads.add(threading.get_ident())
        if self.is_disk_bad:
            return Refused("refused", "the record cannot be read: disk I/O error")
        if not self.may_read.wait(10):
            raise TimeoutError
        row = {"call": CALL, "path": f"2026/11/22/{CALL}.wav", "state": "kept", "seconds": 61.5}
        return [row | {"queue": "sales", "agent": "2001"}][: wanted.queue in ("", "sales")]

    def back_up(self, wanted: BackupParams) -> Any:
        return {"path": wanted.dest, "recordings": wanted.recordings}

    def status(self) -> dict[str, Any]:
        return {"calls": 5, "legs": 5}

    def snapshot(self) -> dict[str, Any]:
        return {"agents": self.agents(), "queues": self.queues(), "calls": self.calls()}

    def reload(self, who: str) -> list[dict[str, Any]]:
        return self.problems


def phone(extension: str, name: str, **fields: Any) -> dict[str, Any]:
    """A row of `phone.list`."""
    row = {"contact": None, "reachable": False, "calls": 0, "bindings": []}
    return {"extension": extension, "name": name, **row, **fields}


class FakeSession:
    """Meets `api.Session`, without a connection."""

    def __init__(self, role: str = "admin", by: str = "li_na") -> None:
        self.role = role
        self.is_masked = False
        self.by = by
        self.events = EventRing()
        self.followed: list[tuple[Topics, int | None]] = []

    def follow(self, topics: Topics, since: int | None) -> None:
        self.followed.append((topics, since))


def clock() -> int:
    """Monotonic milliseconds."""
    return time.monotonic_ns() // 1_000_000


@asynccontextmanager
async def serving(
    folder: Path, *, site: FakeSite | None = None, **options: Any
) -> AsyncIterator[Server]:
    """A server on `folder/control.sock` and `folder/monitor.sock`, closed at the end."""
    server = Server(site or FakeSite(), clock=clock, accounts=Accounts({}), **options)
    await server.open(folder / "control.sock", folder / "monitor.sock")
    try:
        yield server
    finally:
        server.close()
        await asyncio.sleep(0)
