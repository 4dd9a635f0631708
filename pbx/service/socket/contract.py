"""The two ends of the socket's methods: the site that is asked, the session that asks."""

from __future__ import annotations

from typing import Any, Protocol

from pbx.events import Fact, Refused
from pbx.service.socket.event_ring import EventRing
from pbx.service.socket.params import BackupParams, NeedParams, RecordingsParams, WhatIfParams
from pbx.service.socket.topics import Topics

RANKS = {"monitor": 0, "integrator": 1, "supervisor": 2, "admin": 3}

Row = dict[str, Any]


class Site(Protocol):
    """What the daemon offers to the socket; rows are as the contract names them, ready for JSON."""

    @property
    def epoch(self) -> int:
        """The number of this start; event numbers of another epoch mean nothing here."""

    def ask(self, fact: Fact) -> Refused | None:
        """Hand a client's wish to the exchange at once."""

    def calls(self) -> list[Row]:
        """The running calls, oldest first; each has its id as `call`."""

    def call(self, call: str) -> Row | None:
        """One running call, or None."""

    def explain(self, call: str) -> list[Row] | None:
        """Each decision about a call with its reason, or None for an unknown call."""

    def explain_again(self, call: str) -> list[Row] | Refused:
        """The same of an ended call, with those passed over at each offer; waits for the disk."""

    def agents(self) -> list[Row]:
        """The agents: `agent name extension state since reason queues call`."""

    def queues(self) -> list[Row]:
        """The queues, each with its name as `queue`."""

    def queue(self, name: str) -> Row | None:
        """One queue's status: `waiting longest_s agents offered answered abandoned …`."""

    def hours(self) -> list[Row]:
        """The opening hours: `hours open mode`."""

    def trunks(self) -> list[Row]:
        """The trunks and what they carry."""

    def phones(self) -> list[Row]:
        """The extensions and where their phones are registered."""

    def need(self, wanted: NeedParams) -> Any | Refused:
        """Agents needed by interval; waits for another process."""

    def what_if(self, wanted: WhatIfParams) -> Any | Refused:
        """Today with more agents or fewer; waits for another process."""

    def recordings(self, wanted: RecordingsParams) -> list[Row] | Refused:
        """Recordings, the newest first; waits for the disk, and is called in another thread."""

    def status(self) -> Row:
        """The process: version, uptime, calls, legs, memory, alarms."""

    def back_up(self, wanted: BackupParams) -> Any | Refused:
        """Copy the site, while it is in service; waits for another process."""

    def snapshot(self) -> Row:
        """Everything a console draws from."""

    def reload(self, who: str) -> list[Row]:
        """Read the configuration again, because `who` asked: its problems, as of
        `config.problems`; [] = done."""


class Session(Protocol):
    """One client's connection, as a method sees it."""

    @property
    def role(self) -> str:
        """A key of `RANKS`."""

    @property
    def is_masked(self) -> bool:
        """Whether callers' numbers are masked for this role."""

    @property
    def by(self) -> str:
        """Who asks, for the record."""

    @property
    def events(self) -> EventRing:
        """The numbered events, to check a resume against."""

    def follow(self, topics: Topics, since: int | None) -> None:
        """Send the events of `topics` from `since` on (None: from now on), after the answer."""
