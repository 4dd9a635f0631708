"""Everything the exchange knows, as one plain value, and what one turn of it puts out.

A snapshot is this value plus the engine's own; nothing else in `pbx` remembers anything.
"""

from __future__ import annotations

import datetime
import heapq

import msgspec

from config.settings import Settings
from pbx.call import Call, Leg, Trigger
from pbx.commands import Command, Release
from pbx.events import Bound, call_id, leg_number
from pbx.notes import Note
from pbx.sip.message.cause import ELSEWHERE


class Device(msgspec.Struct):
    """The phone (or phones) of one extension: its bindings and the legs it has."""

    extension: str
    fixed: bool = False
    lost: bool = False
    dnd: bool = False  # do not disturb
    bindings: dict[str, Bound] = {}
    legs: list[int] = []

    @property
    def is_reachable(self) -> bool:
        """Somebody would ring if it were called."""
        return (self.fixed or bool(self.bindings)) and not self.lost


class AgentRecord(msgspec.Struct):
    """What an agent is beside its standing in the engine."""

    agent: str
    number: int  # the engine's
    extension: str
    wanted: bool  # logged in, or would be if a phone were bound (login = "auto")
    paused: bool = False
    reason: str = ""
    state: str = "logged_out"
    since_ms: int = 0
    call: str = ""
    talked: str = ""  # the call that the wrap-up is for
    talked_queue: str = ""
    talked_entered_wall_ms: int = -1  # when that call entered the queue
    device_up: bool = False
    logged_in: bool = False
    pin_faults: int = 0  # wrong PINs in a row
    shut_until_ms: int = 0  # no login by PIN before

    @property
    def shown_state(self) -> str:
        """The standing in the contract's words: busy with a queue's call is talking."""
        return "talking" if self.state == "busy" and self.call else self.state


class QueueDay(msgspec.Struct):
    """Today's counters of a queue; `pbx.figures.queue_day` says what they mean."""

    day: int = 0
    began_wall_ms: int = 0  # 0 in old snapshots
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    overflowed: int = 0
    exited: int = 0
    answered_within: int = 0
    abandoned_within: int = 0
    abandoned_short: int = 0
    answered_wait_ms: int = msgspec.field(default=0, name="wait_ms")  # so snapshots call it
    abandoned_wait_ms: int = 0
    taken: int = 0
    ring_ms: int = 0
    missed: int = 0
    missed_ring_ms: int = 0
    refused: int = 0
    handled: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    transferred: int = 0
    wrapped: int = 0
    wrap_up_ms: int = 0
    wait_ms_max: int = 0
    handle_ms: int = 0  # talk and wrap-up of its calls, a mean that follows the last ones


class State(msgspec.Struct):
    """The exchange's whole memory but the engine's."""

    group: str = "a"
    epoch: int = 0
    now: int = 0
    wall_offset_ms: int = 0
    heard_wall_ms: int = -1  # the process before this one
    calls_made: int = 0
    legs_made: int = 0
    is_draining: bool = False
    settings: bytes = b""
    version: str = ""
    configured_epoch: int = 0  # the start that has its configuration
    calls: dict[str, Call] = {}
    legs: dict[int, Leg] = {}
    devices: dict[str, Device] = {}
    agents: dict[str, AgentRecord] = {}
    channels: dict[str, int] = {}  # legs on each trunk
    days: dict[str, QueueDay] = {}
    today: int = 0  # the local date's ordinal that agents' figures are of
    last_agents: dict[str, str] = {}  # calling number -> the agent it talked to last
    numbers: dict[str, int] = {}  # the engine's numbers: "queue:sales" "agent:2001" "skill:en"
    entries: dict[int, str] = {}  # engine entry -> call
    offers: dict[int, int] = {}  # engine offer -> leg
    deadlines: list[tuple[int, int, str, str]] = []  # (at, number, kind, key), a heap
    deadlines_made: int = 0
    plays_made: int = 0
    trunks_down: dict[str, str] = {}  # trunk -> why
    night: dict[str, str] = {}  # hours ("" all) -> open or closed, where the key is turned
    digest: int = 0
    facts: int = 0
    elsewhere: dict[str, int] = {}  # party -> when an alarm last said so of its sound

    def next_call(self) -> str:
        """A new call's id."""
        self.calls_made += 1
        return call_id(self.group, self.epoch, counter=self.calls_made)

    def next_leg(self) -> int:
        """A new outgoing leg's number."""
        self.legs_made += 1
        return leg_number(self.epoch, self.legs_made, incoming=False)

    def number_of(self, name: str) -> int:
        """The engine's number for a name such as `queue:sales`, given once and kept for ever."""
        kind = name.partition(":")[0] + ":"
        if name not in self.numbers:
            self.numbers[name] = sum(each.startswith(kind) for each in self.numbers)
        return self.numbers[name]

    def device(self, extension: str) -> Device:
        """The device of an extension, made when first spoken of."""
        if extension not in self.devices:
            self.devices[extension] = Device(extension)
        return self.devices[extension]

    def wall(self, now: int) -> int:
        """The wall clock at `now`, in ms since the epoch."""
        return now + self.wall_offset_ms

    def at(self, when: int, kind: str, *, key: str) -> None:
        """Set a timer: `kind` and `key` come back from `due` at `when`."""
        self.deadlines_made += 1
        heapq.heappush(self.deadlines, (when, self.deadlines_made, kind, key))

    def due(self, now: int) -> list[tuple[str, str]]:
        """The timers that have run out at `now`, in order."""
        ripe = []
        while self.deadlines and self.deadlines[0][0] <= now:
            _, _, kind, key = heapq.heappop(self.deadlines)
            ripe.append((kind, key))
        return ripe


class Turn:
    """What one event makes the exchange say, commands to obey and notes to keep, and the settings
    that are in force for it: nobody keeps a copy of them."""

    __slots__ = ("commands", "notes", "settings", "zone")

    def __init__(self) -> None:
        self.settings = Settings()
        self.zone: datetime.tzinfo = datetime.UTC  # of the settings
        self.commands: list[Command] = []
        self.notes: list[Note] = []

    def release(self, leg: Leg, cause: int, *, code: int = 0) -> None:
        """Ask the wire to end a leg; asking twice does no harm, and the first cause is kept. Who
        rings in vain because another has answered learns it; `code` refuses who was not answered.
        """
        leg.cause = leg.cause or cause
        leg.move(Trigger.RELEASE)
        self.commands.append(Release(leg.number, cause, elsewhere=cause == ELSEWHERE, code=code))

    def take(self) -> list[Command]:
        """The commands so far; the list starts anew."""
        commands, self.commands = self.commands, []
        return commands
