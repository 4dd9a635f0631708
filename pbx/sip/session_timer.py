"""The timer that finds dead sessions (RFC 4028): whoever refreshes, silence ends the call.

2xx: Session-Expires: 1800;refresher=uac     refresher: UPDATE or re-INVITE after 900 s
                                             the other: BYE after 1768 s without one
"""

from __future__ import annotations

from pbx.sip.leg import Desk, Leg, Line
from pbx.sip.message import Message
from pbx.sip.outgoing import Headers, Reply
from pbx.sip.uri import value_of

SESSION_MIN_S = 90
TIMER = ("Supported", "timer")


class Timed(Leg):
    """A leg with a session timer; `on_time("session")` says when it is due."""

    __slots__ = ("is_refresher", "knows_update")

    def __init__(self, desk: Desk, number: int, party: str, line: Line) -> None:
        super().__init__(desk, number, party, line)
        self.is_refresher = False
        self.knows_update = False

    def timer_reply(self, message: Message, now: int) -> list[tuple[str, str]]:
        """Start the timer as an INVITE or UPDATE asks; the headers of the 2xx to it."""
        self.knows_update = message.lists("allow", "UPDATE")
        supported = message.lists("supported", "timer")
        seconds, refresher = session_expires(message)
        if not seconds and supported and self.line.session_s:
            seconds = self.line.session_s
        if not seconds:
            self._stop_timer()
            return []
        refresher = refresher or ("uac" if supported else "uas")
        self._start_timer(max(seconds, SESSION_MIN_S), refresher == "uas", now)
        reply = [("Session-Expires", f"{self.session_s};refresher={refresher}")]
        return [*reply, ("Require", "timer")] if supported else reply

    def timer_taken(self, message: Message, now: int) -> None:
        """Start the timer as the 2xx to our INVITE or UPDATE says; without one there is none."""
        if message.has("allow"):
            self.knows_update = message.lists("allow", "UPDATE")
        seconds, refresher = session_expires(message)
        if seconds:
            self._start_timer(max(seconds, SESSION_MIN_S), refresher != "uas", now)
        else:
            self._stop_timer()

    def timer_ask(self) -> Headers:
        """The headers that ask for the timer to go on."""
        if not self.session_s:
            return [TIMER]
        role = "uac" if self.is_refresher else "uas"
        return [TIMER, ("Session-Expires", f"{self.session_s};refresher={role}")]

    def _start_timer(self, seconds: int, ours: bool, now: int) -> None:
        self.session_s = seconds
        self.is_refresher = ours
        wait = seconds * 500 if ours else seconds * 1000 - min(32_000, seconds * 1000 // 3)
        self.wake("session", now + wait)

    def _stop_timer(self) -> None:
        if self.session_s:
            self.session_s = 0
            self.desk.alarms.cancel((self.number, "session"))


def session_expires(message: Message) -> tuple[int, str]:
    """The seconds and refresher of a `Session-Expires` header; 0 and "" without a usable one."""
    value = message.header("session-expires")
    if not value:
        return 0, ""
    try:
        seconds, params = value_of(value)
    except ValueError:
        return 0, ""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 8):
        return 0, ""
    refresher = params.get("refresher", "").lower()
    return int(seconds), refresher if refresher in ("uac", "uas") else ""


def too_brief(message: Message) -> Reply | None:
    """The 422 to a session shorter than we refresh, if its sender can understand one."""
    seconds, _ = session_expires(message)
    if not 0 < seconds < SESSION_MIN_S or not message.lists("supported", "timer"):
        return None
    return Reply(422, headers=[("Min-SE", str(SESSION_MIN_S))])
