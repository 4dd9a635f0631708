"""Our registration with a provider: one contact, kept alive (RFC 3261 section 10.2).

    we                                  provider
      |--- REGISTER, expires=3600 ------>|
      |<-- 401, nonce -------------------|
      |--- REGISTER, response, nc=1 ---->|
      |<-- 200, expires=1800 ------------|   registered for so long
      |--- REGISTER, response, nc=2 ---->|   at 85 to 90 % of that
      |<-- 401, stale, another nonce ----|   answered at once
      |--- REGISTER, expires=0 --------->|   farewell

423             again at once, for as long as Min-Expires says
403, 401 twice  the login is refused: again every 300 s, lest the provider lock us out
any other       again after Retry-After, else after 2, 4, 8 … 300 s; what was granted still counts
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pbx.events import NOT_REGISTERED_YET
from pbx.sip.message.digest import Credentials, choose, prove
from pbx.sip.message.outgoing import REASONS, Request
from pbx.sip.message.received import Flow, Message
from pbx.sip.message.uri import Uri, escape, parse_uri
from pbx.sip.transaction.transactions import ClientTransaction

if TYPE_CHECKING:
    from pbx.sip.agent import UserAgent

BACK_OFF_S = (2, 4, 8, 16, 32, 64, 128, 256, 300)
REFUSED_MS = 300_000
RETRY_AFTER_S_MAX = 3_600
EXPIRES_S_MAX = 24 * 3600
ROUNDS_MAX = 4  # challenges and 423s that one attempt answers
REFUSALS = (401, 403, 404, 407)


class Account(msgspec.Struct, frozen=True):
    """Who we are to a provider: the Request-URI of a REGISTER, our address of record, the user
    of our contact, our login, and where the provider is."""

    name: str
    uri: str
    record: str
    user: str
    login: Credentials
    flow: Flow
    expires_s: int = 3600


class ClientRegistration:
    """One registration. `registered_until` is in ms, 0 without one; `why` says why there is none.
    Until `farewell` it never gives up."""

    def __init__(self, agent: UserAgent, account: Account, now: int) -> None:
        number = agent.identity.count()
        self.account = account
        self.registered_until = 0
        self.is_over = False  # after `farewell`, and its answer
        self._trouble = NOT_REGISTERED_YET
        self._agent = agent
        self._call_id = agent.identity.token(f"register call\0{agent.identity.epoch}\0{number}")
        self._tag = agent.identity.token(f"register\0{agent.identity.epoch}\0{number}")
        self._cseq = 0
        self._expires_s = account.expires_s
        self._failures = 0
        self._at: int | None = now  # of the next REGISTER; None while one is under way
        self._txn: ClientTransaction | None = None
        self._challenge: dict[str, str] | None = None
        self._header = "Authorization"
        self._uses = 0  # of the challenge's nonce
        self._rounds = 0
        self._is_leaving = False

    @property
    def why(self) -> str:
        """Why there is no registration; "" while there is one."""
        return "" if self.registered_until else self._trouble

    def next_deadline(self) -> int | None:
        """When `tick` is due (ms)."""
        if self._at is None or (self.registered_until and self.registered_until < self._at):
            return self.registered_until or None
        return self._at

    def tick(self, now: int) -> None:
        """Register when it is time; a registration not renewed in time is gone."""
        if self.registered_until and now >= self.registered_until:
            self.registered_until = 0
        if self._at is not None and now >= self._at:
            self._rounds = 0
            self._ask(now)

    def farewell(self, now: int) -> None:
        """Take the contact back; without one there is nothing to say."""
        if self._is_leaving:
            return
        self._is_leaving = True
        self._trouble, self._at = NOT_REGISTERED_YET, None
        if self.registered_until or self._txn is not None:
            self._expires_s = self._rounds = 0
            self._ask(now)
        else:
            self.is_over = True
        self.registered_until = 0

    # ---- the wire

    def _ask(self, now: int) -> None:
        """Send the next REGISTER, with a login if there is a nonce for it."""
        self._cseq += 1
        self._at = None
        account, agent = self.account, self._agent
        headers = [
            ("Max-Forwards", "70"), ("From", f"<{account.record}>;tag={self._tag}"),
            ("To", f"<{account.record}>"), ("Call-ID", self._call_id),
            ("CSeq", f"{self._cseq} REGISTER"),
            ("Contact", f"<{self._contact()}>;expires={self._expires_s}"),
            ("Expires", str(self._expires_s)),
        ]  # fmt: skip
        if self._challenge is not None:
            headers.append((self._header, self._proof(self._challenge)))
        asked = Request("REGISTER", account.uri, headers)
        self._txn = agent.transactions.request(asked, account.flow, now)
        self._txn.leg = self

    def _contact(self) -> str:
        flow = self.account.flow
        user = escape(self.account.user)
        return f"sip:{user}@{self._agent.identity.place(flow)}{flow.uri_transport}"

    def _proof(self, challenge: dict[str, str]) -> str:
        self._uses += 1
        cnonce = self._agent.identity.token(f"register cnonce\0{self._call_id}\0{self._cseq}")
        return prove(challenge, self.account.login, to=("REGISTER", self.account.uri),
                     cnonce=cnonce, count=self._uses)  # fmt: skip

    def on_response(self, txn: ClientTransaction, message: Message, now: int) -> None:
        """What the provider says."""
        if txn is not self._txn or message.code < 200:
            return
        self._txn = None
        if message.code in (401, 407) and self._log_in(message):
            self._ask(now)
        elif self._is_leaving:
            self.is_over = True
        elif message.code < 300:
            self._registered(message, now)
        elif message.code == 423 and self._is_longer(message):
            self._ask(now)
        else:
            self._refused(message, now)

    def on_failure(self, txn: ClientTransaction, code: int, now: int) -> None:
        """No answer (408), or no way there (503)."""
        if txn is not self._txn:
            return
        self._txn = None
        silent = code == 408
        self._trouble = "no answer from the provider" if silent else "no way to the provider"
        self.is_over = self._is_leaving
        if not self.is_over:
            self._later(now)

    def _log_in(self, message: Message) -> bool:
        """Whether a challenge can be answered. A login that was wrong with a nonce never used
        before is wrong; else the nonce may have been too old."""
        is_proxy = message.code == 407
        header = "proxy-authenticate" if is_proxy else "www-authenticate"
        asked = choose(message.headers(header), self.account.login)
        self._rounds += 1
        if asked is None or self._rounds > ROUNDS_MAX:
            return False
        was_fresh = self._challenge is not None and self._uses == 1
        if was_fresh and asked.get("stale", "").lower() != "true":
            return False
        if self._challenge is None or asked["nonce"] != self._challenge["nonce"]:
            self._uses = 0
        self._challenge = asked
        self._header = "Proxy-Authorization" if is_proxy else "Authorization"
        return True

    def _registered(self, message: Message, now: int) -> None:
        seconds = self._granted_s(message)
        if not seconds:
            self._trouble = "the provider keeps no registration"
            self.registered_until = 0
            self._later(now)
            return
        self._failures = 0
        self._trouble = NOT_REGISTERED_YET
        self.registered_until = now + seconds * 1000
        self._at = now + seconds * (850 + self._chance(51))

    def _granted_s(self, message: Message) -> int:
        """For how long: our contact says, else the header, else what was asked for (10.2.4)."""
        found = [address for address in message.contacts if self._is_ours(address.uri)]
        if not found and len(message.contacts) == 1:
            found = message.contacts
        texts = [address.params.get("expires", "") for address in found]
        texts.append((message.header("expires") or "").strip())
        for text in texts:
            if text.isascii() and text.isdigit():
                return min(int(text[:9]), EXPIRES_S_MAX)
        return self._expires_s

    def _is_ours(self, uri: Uri) -> bool:
        ours = parse_uri(self._contact())
        return (ours.user, ours.host, ours.port) == (uri.user, uri.host, uri.port)

    def _is_longer(self, message: Message) -> bool:
        """Whether a 423 asks for a longer time that can be had."""
        text = message.header("min-expires") or ""
        self._rounds += 1
        if self._rounds > ROUNDS_MAX or not (text.isascii() and text.isdigit()):
            return False
        if not self._expires_s < int(text[:9]) <= EXPIRES_S_MAX:
            return False
        self._expires_s = int(text)
        return True

    def _refused(self, message: Message, now: int) -> None:
        code = message.code
        said = f"{code} {REASONS.get(code, '')}".rstrip()
        if code in REFUSALS:
            self._trouble = f"the provider refuses the login ({said})"
            self.registered_until = 0
            self._challenge = None
            self._at = now + REFUSED_MS
            return
        self._trouble = f"the provider answers {said}"
        self._later(now, _retry_after_s(message))

    def _later(self, now: int, seconds: int = 0) -> None:
        """Try again in a while, each time a longer one."""
        step = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        self._failures += 1
        self._at = now + (seconds or step) * (1000 + self._chance(101))

    def _chance(self, below: int) -> int:
        """A number that differs from trunk to trunk and from time to time, and from site to site:
        so that not all sites ask in the same moment after a provider's restart."""
        text = f"register chance\0{self.account.name}\0{self._call_id}\0{self._cseq}"
        return int(self._agent.identity.token(text)[:8], 16) % below


def _retry_after_s(message: Message) -> int:
    """The seconds of `Retry-After: 120 (overload);duration=60`, at most an hour; 0 without."""
    text = (message.header("retry-after") or "").partition(";")[0].partition("(")[0].strip()
    if not (text.isascii() and text.isdigit()):
        return 0
    return min(int(text[:9]), RETRY_AFTER_S_MAX)
