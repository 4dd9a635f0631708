"""What can be asked over the socket: one table of methods, each with its parameters and role.

A method is a function of the site, the session that asks and its parameters. It returns a value
for the `result`, or `Refused(code, reason)`. Reads come from the site's own rows; a write is a
fact put to the exchange, so that it is in the journal like everything else. No I/O here: what has
to be read from the disk is returned as `Later`.

Times are epoch seconds, durations seconds, ids opaque text. Fields and methods are only added;
a field nobody knows is ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Protocol

import msgspec

import pbx
from config.problems import Problem
from pbx.events import Refused
from pbx.service.socket import wishes
from pbx.service.socket.contract import Row, Session, Site
from pbx.service.socket.event_ring import EventRing
from pbx.service.socket.params import (
    API_VERSION,
    AgentParams,
    BackupParams,
    DigitsParams,
    ExplainParams,
    HangupParams,
    HelloParams,
    LoginParams,
    MethodsParams,
    NeedParams,
    NightParams,
    PageParams,
    Params,
    PauseParams,
    QueueParams,
    RecordingsParams,
    RecordParams,
    SubscribeParams,
    TransferParams,
    WhatIfParams,
    WrapUpParams,
    Write,
)
from pbx.service.socket.topics import Topics

SERVER = "agner"
PROBLEMS_MAX = 50


class Later(msgspec.Struct, frozen=True):
    """A result that waits for the disk: `read` gives it, in any thread but the loop's."""

    read: Callable[[], object]


class Action(Protocol):
    """What a method does; what it returns is its result, or Refused."""

    def __call__(self, site: Site, session: Session, *, params: Any) -> object: ...


class Method(msgspec.Struct, frozen=True):
    """A line of the table: parameters, the least role that may ask, what is done."""

    params: type[Params]
    role: str
    run: Action

    @property
    def is_write(self) -> bool:
        """True if it changes something, and so takes an `idem`."""
        return issubclass(self.params, Write)


def hello(site: Site, session: Session, *, params: HelloParams) -> Row | Refused:
    """Say who speaks here, what you may do, and the number of the last event."""
    if params.api[0] != API_VERSION[0]:
        return Refused("refused", f"this server speaks API version {API_VERSION[0]} only")
    return {
        "api": API_VERSION,
        "server": SERVER,
        "version": pbx.__version__,
        "caps": sorted(METHODS),
        "role": session.role,
        "epoch": site.epoch,
        "seq": session.events.seq,
    }


def subscribe(site: Site, session: Session, *, params: SubscribeParams) -> Row | Refused:
    """Follow events by topic; `since` and `epoch` resume where an earlier connection ended."""
    try:
        topics = Topics(params.topics)
    except ValueError as error:
        return Refused("bad_params", str(error))
    missed = _missed(site, session.events, params=params)
    if missed:
        return Refused("resync_required", f"{missed}: take a snapshot, then subscribe again")
    session.follow(topics, params.since)
    return {"epoch": site.epoch, "seq": session.events.seq, "topics": params.topics}


def _missed(site: Site, events: EventRing, *, params: SubscribeParams) -> str:
    """Why a resume is impossible, or nothing."""
    if params.epoch not in (None, site.epoch):
        return f"the server has restarted (epoch {site.epoch})"
    if params.since is None:
        return ""
    if params.since > events.seq:
        return f"the last event is {events.seq}"
    if params.since < events.first - 1:
        return f"events before {events.first} are no longer kept"
    return ""


def snapshot(site: Site, session: Session, *, params: Params) -> Row:
    """Everything a console draws from, and the event number it stands at."""
    return {"epoch": site.epoch, "seq": session.events.seq, **site.snapshot()}


def methods(site: Site, session: Session, *, params: MethodsParams) -> list[Row] | Refused:
    """This table: each method with its role and the JSON Schema of its parameters."""
    if params.method and params.method not in METHODS:
        return Refused("not_found", f"no method {params.method!r}")
    names = [params.method] if params.method else sorted(METHODS)
    return [described(name) for name in names]


@cache
def described(name: str) -> Row:
    """One row of `methods`; not to be changed."""
    method = METHODS[name]
    schema = msgspec.json.schema(method.params)
    return {
        "method": name,
        "about": (method.run.__doc__ or "").split("\n")[0],
        "role": method.role,
        "writes": method.is_write,
        "params": schema["$defs"][method.params.__name__],
    }


def list_calls(site: Site, session: Session, *, params: PageParams) -> list[Row]:
    """The running calls, oldest first."""
    rows = site.calls()
    if params.queue:
        rows = [row for row in rows if row.get("queue") == params.queue]
    if params.after:
        rows = [row for row in rows if row["call"] > params.after]
    return rows[: params.limit]


def explain_call(
    site: Site, session: Session, *, params: ExplainParams
) -> list[Row] | Refused | Later:
    """Why a call went where it went: each decision with its reason."""
    found = None if params.passed_over else site.explain(params.call)
    return Later(lambda: site.explain_again(params.call)) if found is None else found


def list_recordings(site: Site, session: Session, *, params: RecordingsParams) -> Later:
    """Recordings of a call, queue, agent or time, the newest first."""
    return Later(lambda: site.recordings(params))


def need_staff(site: Site, session: Session, *, params: NeedParams) -> Later:
    """Agents that a queue needs in the days to come, by interval, from its record."""
    return Later(lambda: site.need(params))


def what_if(site: Site, session: Session, *, params: WhatIfParams) -> Later:
    """What more agents, or fewer, would make of the rest of today, by simulation."""
    return Later(lambda: site.what_if(params))


def list_agents(site: Site, session: Session, *, params: Params) -> list[Row]:
    """The agents and what each is doing."""
    return site.agents()


def list_queues(site: Site, session: Session, *, params: Params) -> list[Row]:
    """The queues."""
    return site.queues()


def show_queues(site: Site, session: Session, *, params: QueueParams) -> Row | list[Row] | Refused:
    """Who waits in a queue, its agents and figures; without a name, a list of all."""
    if not params.queue:
        return [row for queue in site.queues() if (row := site.queue(queue["queue"]))]
    found = site.queue(params.queue)
    return Refused("not_found", f"no queue {params.queue!r}") if found is None else found


def list_hours(site: Site, session: Session, *, params: Params) -> list[Row]:
    """The opening hours: whether they are open now, and how the night key stands."""
    return site.hours()


def list_trunks(site: Site, session: Session, *, params: Params) -> list[Row]:
    """The trunks and what they carry."""
    return site.trunks()


def list_phones(site: Site, session: Session, *, params: Params) -> list[Row]:
    """The extensions and where their phones are registered."""
    return site.phones()


def show_status(site: Site, session: Session, *, params: Params) -> Row:
    """The process itself: version, uptime, calls, legs, alarms."""
    return site.status()


def back_up(site: Site, session: Session, *, params: BackupParams) -> Later:
    """Copy the whole site to a new folder, .tar or .tar.gz, as `pbx backup` does."""
    return Later(lambda: site.back_up(params))


def reload(site: Site, session: Session, *, params: Write) -> Row | Refused:
    """Read the configuration again; with a problem in it the old one stays in force."""
    problems = site.reload(session.by)
    return Refused("refused", _listed(problems)) if problems else {"done": True}


def _listed(problems: Sequence[Row]) -> str:
    """Configuration problems as lines, the way `check-config` prints them."""
    return "\n".join(str(Problem(**row)) for row in problems[:PROBLEMS_MAX])


METHODS: dict[str, Method] = {
    "hello": Method(HelloParams, "monitor", hello),
    "methods": Method(MethodsParams, "monitor", methods),
    "subscribe": Method(SubscribeParams, "monitor", subscribe),
    "snapshot": Method(Params, "monitor", snapshot),
    "call.list": Method(PageParams, "monitor", list_calls),
    "call.explain": Method(ExplainParams, "monitor", explain_call),
    "call.hangup": Method(HangupParams, "integrator", wishes.hang_up),
    "call.record": Method(RecordParams, "supervisor", wishes.record),
    "call.transfer": Method(TransferParams, "supervisor", wishes.transfer),
    "call.dtmf": Method(DigitsParams, "integrator", wishes.press),
    "recording.list": Method(RecordingsParams, "integrator", list_recordings),
    "agent.list": Method(Params, "monitor", list_agents),
    "agent.login": Method(LoginParams, "integrator", wishes.log_in),
    "agent.logout": Method(AgentParams, "integrator", wishes.log_out),
    "agent.pause": Method(PauseParams, "integrator", wishes.pause),
    "agent.unpause": Method(AgentParams, "integrator", wishes.unpause),
    "agent.wrap_up": Method(WrapUpParams, "integrator", wishes.wrap_up),
    "queue.list": Method(Params, "monitor", list_queues),
    "queue.status": Method(QueueParams, "monitor", show_queues),
    "hours.list": Method(Params, "monitor", list_hours),
    "hours.set": Method(NightParams, "supervisor", wishes.turn_night_key),
    "staff.need": Method(NeedParams, "supervisor", need_staff),
    "staff.whatif": Method(WhatIfParams, "supervisor", what_if),
    "trunk.list": Method(Params, "monitor", list_trunks),
    "phone.list": Method(Params, "monitor", list_phones),
    "system.status": Method(Params, "monitor", show_status),
    "system.backup": Method(BackupParams, "admin", back_up),
    "config.reload": Method(Write, "admin", reload),
}
