"""The timer that finds dead sessions (RFC 4028): whoever refreshes, silence ends the call.

2xx: Session-Expires: 1800;refresher=uac     refresher: UPDATE or re-INVITE after 900 s
                                             the other: BYE after 1768 s without one
Min-SE: 3600 in a request or a 422           no session of ours is shorter, and we say so

What holds goes on to hold: a refresh that says nothing of it changes neither time nor refresher.
"""

from __future__ import annotations

from kernel.named_timers import NamedTimers
from pbx.sip.message.outgoing import Headers, Reply
from pbx.sip.message.received import Message
from pbx.sip.message.uri import value_of

SESSION_MIN_S = 90
SESSION_MAX_S = 24 * 3600
RAISED_MAX = 5  # so many hops may want longer sessions, each than the one before
TIMER = ("Supported", "timer")


class SessionTimer:
    """The session timer of a leg: "session" among the timers of the user agent says when it is
    due. `wanted_s` is what we ask for where nobody else does, 0: nothing."""

    __slots__ = (
        "_leg", "_raised", "_timers", "_wanted_s", "ends", "is_refresher", "knows_update", "min_s",
        "seconds",
    )  # fmt: skip

    def __init__(self, timers: NamedTimers, leg: int, *, wanted_s: int) -> None:
        self._timers, self._leg, self._wanted_s = timers, leg, wanted_s
        self.seconds = 0  # 0: there is no timer
        self.is_refresher = False
        self.knows_update = False
        self.min_s = 0  # the longest Min-SE that anybody on the way has asked for
        self._raised = 0
        self.ends = 0  # when it is too late for a refresh of ours

    def reply(self, message: Message, now: int) -> list[tuple[str, str]]:
        """Start the timer as an INVITE or UPDATE asks; the headers of the 2xx to it."""
        self._learn_methods(message)
        self.min_s = max(self.min_s, min_se(message))
        supported = message.lists("supported", "timer")
        seconds, refresher = session_expires(message)
        if not seconds and supported and self._wanted_s:
            seconds = max(self.seconds or self._wanted_s, self.min_s)
        if not seconds:
            self._stop()
            return []
        refresher = refresher or self._refresher(can_refresh=supported)
        self._start(max(seconds, SESSION_MIN_S), refresher == "uas", now)
        reply = [("Session-Expires", f"{self.seconds};refresher={refresher}")]
        return [*reply, ("Require", "timer")] if supported else reply

    def _learn_methods(self, message: Message) -> None:
        """Whether the far end takes UPDATE; a message that does not say leaves it as it was."""
        if message.method == "UPDATE" and message.is_request:
            self.knows_update = True
        elif message.header("allow") is not None:
            self.knows_update = message.lists("allow", "UPDATE")

    def _refresher(self, *, can_refresh: bool) -> str:
        """Who is to refresh where a request does not say: who did so before, else its sender."""
        if self.seconds and self.is_refresher:
            return "uas"
        return "uac" if can_refresh else "uas"

    def taken(self, message: Message, now: int) -> None:
        """Start the timer as the 2xx to our INVITE or UPDATE says; without one there is none."""
        self._learn_methods(message)
        seconds, refresher = session_expires(message)
        if seconds:
            self._start(max(seconds, SESSION_MIN_S), refresher != "uas", now)
        else:
            self._stop()

    def asked(self) -> Headers:
        """The headers that ask for the timer to go on."""
        if not self.seconds:
            return [TIMER]
        role = "uac" if self.is_refresher else "uas"
        headers = [TIMER, ("Session-Expires", f"{self.seconds};refresher={role}")]
        if self.min_s > SESSION_MIN_S:
            headers.append(("Min-SE", str(self.min_s)))
        return headers

    def raised(self, message: Message) -> bool:
        """Take the Min-SE of a 422 for the session; False where it is none that is longer."""
        seconds = min_se(message)
        if self._raised == RAISED_MAX or not self.seconds < seconds <= SESSION_MAX_S:
            return False
        self._raised += 1
        self.min_s = self.seconds = seconds
        return True

    def refused(self, now: int) -> None:
        """A refresh of ours was refused: try again while there is time."""
        if self.seconds and self.is_refresher:
            self._wake(min(now + self.seconds * 100, self.ends))

    def _start(self, seconds: int, ours: bool, now: int) -> None:
        self.seconds, self._raised = seconds, 0
        self.is_refresher = ours
        self.ends = now + seconds * 1000 - min(32_000, seconds * 1000 // 3)
        self._wake(now + seconds * 500 if ours else self.ends)

    def _wake(self, at: int) -> None:
        self._timers.set((self._leg, "session"), at)

    def _stop(self) -> None:
        if self.seconds:
            self.seconds = 0
            self._timers.cancel((self._leg, "session"))


def session_expires(message: Message) -> tuple[int, str]:
    """The seconds and refresher of a `Session-Expires` header; 0 and "" without a usable one."""
    value = message.header("session-expires")
    if not value:
        return 0, ""
    try:
        text, params = value_of(value)
    except ValueError:
        return 0, ""
    seconds, refresher = whole(text), params.get("refresher", "").lower()
    return seconds, refresher if seconds and refresher in ("uac", "uas") else ""


def min_se(message: Message) -> int:
    """The seconds of a `Min-SE` header, 0 without a usable one."""
    try:
        return whole(value_of(message.header("min-se") or "")[0])
    except ValueError:
        return 0


def whole(text: str) -> int:
    """The whole number that a text is, 0 where it is none of less than eight digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def too_brief(message: Message) -> Reply | None:
    """The 422 to a session shorter than we refresh, if its sender can understand one."""
    seconds, _ = session_expires(message)
    if not 0 < seconds < SESSION_MIN_S or not message.lists("supported", "timer"):
        return None
    return Reply(422, headers=[("Min-SE", str(SESSION_MIN_S))])
