"""What clients of the socket ask to be done: each wish is a fact, put to the exchange at once."""

from __future__ import annotations

from pbx.events import (
    DigitsAsked,
    Fact,
    HangupAsked,
    LoginAsked,
    LogoutAsked,
    NightKeyTurned,
    PauseAsked,
    RecordAsked,
    Refused,
    TransferWished,
    UnpauseAsked,
    WrapUpAsked,
)
from pbx.service.socket.contract import Row, Session, Site
from pbx.service.socket.params import (
    AgentParams,
    DigitsParams,
    HangupParams,
    LoginParams,
    NightParams,
    PauseParams,
    RecordParams,
    TransferParams,
    WrapUpParams,
)


def hang_up(site: Site, session: Session, *, params: HangupParams) -> Row | Refused:
    """End a call."""
    return _of_call(site, params, fact=HangupAsked(params.call, session.by))


def record(site: Site, session: Session, *, params: RecordParams) -> Row | Refused:
    """Start, pause, resume or stop the recording of a call whose caller was told of it."""
    return _of_call(site, params, fact=RecordAsked(params.call, params.action, session.by))


def transfer(site: Site, session: Session, *, params: TransferParams) -> Row | Refused:
    """Lead a call's caller to another number, from a talk, a queue or a menu."""
    return _of_call(site, params, fact=TransferWished(params.call, params.to, session.by))


def press(site: Site, session: Session, *, params: DigitsParams) -> Row | Refused:
    """Press keys towards the far end of a talk."""
    return _of_call(site, params, fact=DigitsAsked(params.call, params.digits, session.by))


def _of_call(site: Site, params: HangupParams, *, fact: Fact) -> Row | Refused:
    if site.call(params.call) is None:
        return Refused("not_found", f"no call {params.call!r} is running")
    return _done(site.ask(fact))


def log_in(site: Site, session: Session, *, params: LoginParams) -> Row | Refused:
    """Log an agent in, at its own extension or the one named."""
    fact = LoginAsked(agent=params.agent, extension=params.extension, by=session.by)
    return _done(site.ask(fact))


def log_out(site: Site, session: Session, *, params: AgentParams) -> Row | Refused:
    """Log an agent out of its queues."""
    return _done(site.ask(LogoutAsked(agent=params.agent, by=session.by)))


def pause(site: Site, session: Session, *, params: PauseParams) -> Row | Refused:
    """Pause an agent; during a call the pause starts after wrap-up."""
    return _done(site.ask(PauseAsked(agent=params.agent, reason=params.reason, by=session.by)))


def unpause(site: Site, session: Session, *, params: AgentParams) -> Row | Refused:
    """Let an agent take calls again; ends wrap-up too."""
    return _done(site.ask(UnpauseAsked(agent=params.agent, by=session.by)))


def wrap_up(site: Site, session: Session, *, params: WrapUpParams) -> Row | Refused:
    """Give an agent more time after its call, or end that."""
    return _done(site.ask(WrapUpAsked(params.agent, round(params.seconds * 1000), session.by)))


def turn_night_key(site: Site, session: Session, *, params: NightParams) -> Row | Refused:
    """Override opening hours: open, closed, or auto as they are written."""
    return _done(site.ask(NightKeyTurned(params.mode, params.hours, session.by)))


def _done(refused: Refused | None) -> Row | Refused:
    """The answer to a write."""
    return refused or {"done": True}
