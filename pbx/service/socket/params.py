"""The parameters of the socket's methods: their types, defaults and limits.

They are checked as they are decoded; a field nobody knows is ignored. Their JSON Schemas are what
`methods` tells.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pbx.service.socket.topics import TOPICS_MAX

API_VERSION = (1, 0)
ROWS_MAX = 1_000

Name = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(max_length=200)]


class Params(msgspec.Struct):
    """No parameters."""


class HelloParams(Params):
    """Who is asking, and in which version of this API."""

    api: tuple[int, int] = API_VERSION
    client: Text = ""
    lang: Text = ""


class SubscribeParams(Params):
    """Topics, and the last event seen before: its number and epoch."""

    topics: Annotated[tuple[Text, ...], Meta(max_length=TOPICS_MAX)] = ("*",)
    since: Annotated[int, Meta(ge=0)] | None = None
    epoch: int | None = None


class MethodsParams(Params):
    """One method, or empty for all."""

    method: Text = ""


class PageParams(Params):
    """At most `limit` rows, those after the call `after`; of one queue if it is named."""

    queue: Text = ""
    after: Text = ""
    limit: Annotated[int, Meta(ge=1, le=10_000)] = ROWS_MAX


class ExplainParams(Params):
    """A call by its id; with `passed_over` an ended one is told of with who was passed over at
    each of its offers, for which the journal is read."""

    call: Name
    passed_over: bool = False


class RecordingsParams(Params):
    """Recordings of a call, queue or agent that began from `from` on and before `to`, epoch
    seconds; at most `limit`, the newest first."""

    call: Text = ""
    queue: Text = ""
    agent: Text = ""
    since: Annotated[float, Meta(ge=0)] | None = msgspec.field(name="from", default=None)
    to: Annotated[float, Meta(ge=0)] | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = ROWS_MAX


class QueueParams(Params):
    """A queue by its name, or empty for all."""

    queue: Text = ""


class NeedParams(Params):
    """A queue, and how many days ahead."""

    queue: Name
    days: Annotated[int, Meta(ge=1, le=28)] = 7


class WhatIfParams(Params):
    """A queue, and how many agents more or fewer from now until `until` (HH:MM; else the day)."""

    queue: Name
    change: Annotated[int, Meta(ge=-500, le=500)]
    until: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-4]):[0-5][0-9]\Z")] = "24:00"


class BackupParams(Params):
    """Where a backup goes, in full, and whether recordings are in it."""

    dest: Annotated[str, Meta(pattern=r"^/", max_length=4096)]
    recordings: bool = True


class Write(Params):
    """A write: sent again with the same `idem` within 24 h it is answered again, not done again."""

    idem: Annotated[str, Meta(max_length=128)] = ""


class HangupParams(Write, kw_only=True):
    """A call by its id."""

    call: Name


class RecordParams(HangupParams, kw_only=True):
    """A call, and what to do with its recording."""

    action: Literal["start", "pause", "resume", "stop"]


class TransferParams(HangupParams, kw_only=True):
    """A call, and the number to lead it to, as an extension dials it."""

    to: Name


class DigitsParams(HangupParams, kw_only=True):
    """A call, and the keys to press: up to 32 of 0 to 9, *, # and A to D."""

    digits: Annotated[str, Meta(pattern=r"^[0-9*#A-D]{1,32}\Z")]


class NightParams(Write, kw_only=True):
    """How the night key stands, for one set of hours or ("") for all."""

    mode: Literal["open", "closed", "auto"]
    hours: Text = ""


class AgentParams(Write, kw_only=True):
    """An agent by its number."""

    agent: Name


class WrapUpParams(AgentParams, kw_only=True):
    """An agent, and how many seconds from now its wrap-up shall last at least; 0 ends it."""

    seconds: Annotated[float, Meta(ge=0, le=86_400)]


class LoginParams(AgentParams, kw_only=True):
    """An agent, and the extension to sit at if not its own."""

    extension: Annotated[str, Meta(max_length=64)] = ""


class PauseParams(AgentParams, kw_only=True):
    """An agent, and why it pauses."""

    reason: Text = ""
