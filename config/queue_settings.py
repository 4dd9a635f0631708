"""The settings of queues and of the agents who take their calls; a part of `config.settings`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from config.kinds import (
    Count,
    Milliseconds,
    Pin,
    Seconds,
    Skills,
    SomeSeconds,
    Strategy,
    Table,
    Text,
    Weight,
)


class Relax(Table, frozen=True, kw_only=True):
    """A step of a queue's `relax`: from `after_s` of waiting these levels suffice."""

    after_s: SomeSeconds
    skills: Skills = msgspec.field(default_factory=dict)

    after_ms = Milliseconds("after_s")


class ServiceLevel(Table, frozen=True):
    """A queue's `service_level`: the share (0 to 1) to be answered within so many seconds; who is
    gone within `short_s` has hardly waited, and one way to count leaves them out."""

    target: Annotated[float, Meta(gt=0, le=1)] = 0.8
    within_s: SomeSeconds = 20
    short_s: Seconds = 5

    within_ms = Milliseconds("within_s")
    short_ms = Milliseconds("short_s")


class Announce(Table, frozen=True):
    """A queue's `announce`: what a waiting caller, and the answered one, is told."""

    position: bool = False
    wait: bool = False
    every_s: SomeSeconds = 30
    agent_number: bool = False

    every_ms = Milliseconds("every_s")


class Queue(Table, frozen=True):
    """`[queue.NAME]`: calls that wait for an agent."""

    strategy: Strategy = "longest_idle"
    skills: Skills = msgspec.field(default_factory=dict)
    relax: tuple[Relax, ...] = ()
    priority: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    ageing_s: Seconds = 0
    weight: Weight = 1
    last_agent_s: Seconds = 0
    offer_s: SomeSeconds = 15
    pause_after_misses: Annotated[int, Meta(ge=0, le=1000)] = 3
    wrap_up_s: Seconds = 0
    service_level: ServiceLevel = ServiceLevel()
    target: Text = ""
    product: Text = ""
    max_wait_s: Seconds = 3600
    max_length: Count = 2000
    overflow: Text = ""
    keep_wait: bool = True
    announce: Announce = Announce()
    busy_after_s: Seconds = 0
    exit_keys: dict[str, Text] = msgspec.field(default_factory=dict)
    record: Literal["never", "on_demand", "always"] = "never"
    confirm_s: SomeSeconds = 5
    dial_s: SomeSeconds = 30
    release_s: SomeSeconds = 4
    retry_s: Seconds = 10

    ageing_ms = Milliseconds("ageing_s")
    last_agent_ms = Milliseconds("last_agent_s")
    offer_ms = Milliseconds("offer_s")
    wrap_up_ms = Milliseconds("wrap_up_s")
    max_wait_ms = Milliseconds("max_wait_s")
    confirm_ms = Milliseconds("confirm_s")
    dial_ms = Milliseconds("dial_s")
    busy_after_ms = Milliseconds("busy_after_s")
    release_ms = Milliseconds("release_s")
    retry_ms = Milliseconds("retry_s")


class Agent(Table, frozen=True):
    """`[agent.NUMBER]`: a person who takes the calls of queues."""

    name: Text = ""
    extension: Text = ""
    pin: Pin = ""
    skills: Skills = msgspec.field(default_factory=dict)
    queues: tuple[Text, ...] = ()
    after_s: dict[Text, SomeSeconds] = msgspec.field(default_factory=dict)
    order: Annotated[int, Meta(ge=-10_000, le=10_000)] = 0
    weight: Weight = 1
    login: Literal["auto", "manual"] = "auto"

    @property
    def after_ms(self) -> dict[str, int]:
        """`after_s` in whole milliseconds, by queue."""
        return {queue: round(seconds * 1000) for queue, seconds in self.after_s.items()}
