"""Digest logins: who proves a password to us, and how we prove ours to a trunk's provider.

    REGISTER                 ->
    <-  401, nonce = when.salt.mac     nothing is kept: the mac binds time, salt and address
    REGISTER, response       ->        right, and this nonce not used before
    <-  200                            from now on the nonce is stale

RFC 7616 with RFC 8760 for SIP: MD5 and SHA-256, `qop=auth`. A nonce is good once, for a minute, and
for one address. A copy of the request it was used in passes again, for the transaction absorbs it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from enum import IntEnum

import msgspec

from kernel.sip import value as sip_value
from pbx.sip.message.received import Message
from pbx.sip.message.uri import parse_uri, unescape

NONCE_MS = 60_000
USED_MAX = 50_000
HEADER_MAX = 2048
PARAMS_MAX = 24
ALGORITHMS = {"md5": "MD5", "sha-256": "SHA-256"}


class Verdict(IntEnum):
    """What a request's credentials are worth. Only WRONG is a guess: the hash is of another
    password. UNFIT: there is no hash that could be compared. With the right password STALE: the
    nonce is too old or used; ASTRAY: it is for another resource than the request."""

    UNFIT = 0
    WRONG = 1
    STALE = 2
    ASTRAY = 3
    RIGHT = 4


class Credentials(msgspec.Struct, frozen=True):
    """What we prove to a provider; an empty realm means whichever it names."""

    username: str
    password: str
    realm: str = ""


class Realm:
    """The realm that phones log in to. `secret` keys the nonces; nothing is kept per challenge."""

    __slots__ = ("_secret", "_used", "name")

    def __init__(self, secret: bytes, name: str) -> None:
        self.name = name
        self._secret = hashlib.blake2b(secret, person=b"nonce").digest()
        self._used: dict[str, str] = {}  # nonce -> the request it came with, oldest first

    def challenge(
        self, message: Message, algorithms: Sequence[str], now: int, *, stale: bool = False
    ) -> list[tuple[str, str]]:
        """The `WWW-Authenticate` headers for a request, in the order of `algorithms`."""
        host = message.flow.host if message.flow else ""
        salt = self._mac(f"{message.call_id} {message.branch} {message.cseq}", 6)
        when = f"{now:x}"
        nonce = f"{when}.{salt}.{self._mac(f'{when}.{salt} {host}', 12)}"
        tail = ', qop="auth"' + (", stale=true" if stale else "")
        return [
            ("WWW-Authenticate", f'Digest realm="{self.name}", nonce="{nonce}", '
             f"algorithm={ALGORITHMS[algorithm]}{tail}")
            for algorithm in algorithms
        ]  # fmt: skip

    def claimed(self, message: Message) -> dict[str, str] | None:
        """The parameters of the request's credentials for this realm; None without any."""
        lines = [*message.headers("authorization"), *message.headers("proxy-authorization")]
        claims = [
            found
            for found in map(parameters, lines)
            if found and found.get("realm") == self.name and found.get("username")
        ]
        fit = (claim for claim in claims if _response(claim, "-", method=message.method))
        return next(fit, claims[0] if claims else None)

    def chance(self, text: str) -> int:
        """A number below 2**32 that nobody can tell from the text, always the same for it."""
        return int(self._mac(f"chance\0{text}", 4), 16)

    def judge(
        self, message: Message, claim: dict[str, str], *, password: str | None, now: int
    ) -> Verdict:
        """Whether `claim` (of `claimed`) proves `password`; None: nobody has that name. A right
        one uses up its nonce."""
        known = password is not None and password != ""
        expected = _response(claim, password or "-", method=message.method)
        given = claim.get("response", "")
        if not expected or not given:
            return Verdict.UNFIT
        if not known or not _equal(given.lower(), expected):
            return Verdict.WRONG
        if not _is_meant(claim["uri"], message.uri):
            return Verdict.ASTRAY
        return self._use(message, claim.get("nonce", ""), now)

    def _use(self, message: Message, nonce: str, now: int) -> Verdict:
        when, _, rest = nonce.partition(".")
        salt, _, mac = rest.partition(".")
        host = message.flow.host if message.flow else ""
        if not _equal(mac, self._mac(f"{when}.{salt} {host}", 12)):
            return Verdict.STALE
        if not now - NONCE_MS < int(when, 16) <= now:
            return Verdict.STALE
        request = f"{message.branch} {message.cseq} {message.call_id}"
        if self._used.setdefault(nonce, request) != request:
            return Verdict.STALE
        self._forget(now)
        return Verdict.RIGHT

    def _forget(self, now: int) -> None:
        while self._used:
            oldest = next(iter(self._used))
            if len(self._used) <= USED_MAX and int(oldest.partition(".")[0], 16) > now - NONCE_MS:
                break
            del self._used[oldest]

    def _mac(self, text: str, size: int) -> str:
        data = text.encode("utf-8", "surrogateescape")
        return hashlib.blake2b(data, key=self._secret, digest_size=size).hexdigest()


def answer(
    challenges: Sequence[str], ours: Credentials, *, method: str, uri: str, cnonce: str
) -> str | None:
    """The `Authorization` value for the best challenge that we may answer; None without one."""
    asked = choose(challenges, ours)
    return prove(asked, ours, to=(method, uri), cnonce=cnonce) if asked else None


def choose(challenges: Sequence[str], ours: Credentials) -> dict[str, str] | None:
    """The parameters of the best challenge that we may answer; None without one."""
    best: dict[str, str] | None = None
    for challenge in challenges:
        asked = parameters(challenge)
        if asked and _may_answer(asked, ours) and (best is None or _is_sha(asked)):
            best = asked
    return best


def prove(
    asked: dict[str, str], ours: Credentials, *, to: tuple[str, str], cnonce: str, count: int = 1
) -> str:
    """The `Authorization` value that answers a challenge of `choose`, for a request `to` (method,
    URI); `count` is how often its nonce has been used, this time included."""
    method, uri = to
    claim = {
        "username": ours.username, "realm": asked["realm"], "nonce": asked["nonce"], "uri": uri,
        "algorithm": asked.get("algorithm", "MD5"),
    }  # fmt: skip
    if "qop" in asked:
        claim |= {"qop": "auth", "nc": f"{count:08x}", "cnonce": cnonce}
    claim["response"] = _response(claim, ours.password, method=method)
    if "opaque" in asked:
        claim["opaque"] = asked["opaque"]
    bare = ("algorithm", "qop", "nc")
    return "Digest " + ", ".join(
        f"{name}={value}" if name in bare else f'{name}="{_quoted(value)}"'
        for name, value in claim.items()
    )


def _may_answer(asked: dict[str, str], ours: Credentials) -> bool:
    qops = asked.get("qop", "auth").replace(" ", "").lower().split(",")
    return (
        "nonce" in asked
        and "realm" in asked
        and asked.get("algorithm", "MD5").upper() in ("MD5", "SHA-256")
        and "auth" in qops
        and ours.realm in ("", asked["realm"])
    )


def _is_sha(asked: dict[str, str]) -> bool:
    return asked.get("algorithm", "MD5").upper() == "SHA-256"


def _response(claim: dict[str, str], password: str, *, method: str) -> str:
    """The hash that proves `password` (RFC 7616 section 3.4.1), "" if it cannot be computed."""
    algorithm = claim.get("algorithm", "MD5").upper()
    needed = ("nonce", "uri", "nc", "cnonce") if "qop" in claim else ("nonce", "uri")
    if algorithm not in ("MD5", "SHA-256") or not all(name in claim for name in needed):
        return ""

    def digest(text: str) -> str:
        data = text.encode("utf-8", "surrogateescape")
        if algorithm == "MD5":
            return hashlib.md5(data, usedforsecurity=False).hexdigest()
        return hashlib.sha256(data).hexdigest()

    known = digest(f"{claim.get('username', '')}:{claim.get('realm', '')}:{password}")
    asked = digest(f"{method}:{claim['uri']}")
    nonce = claim["nonce"]
    if "qop" not in claim:
        return digest(f"{known}:{nonce}:{asked}")
    if claim["qop"].lower() != "auth":
        return ""
    middle = f"{claim['nc']}:{claim['cnonce']}:{claim['qop']}"
    return digest(f"{known}:{nonce}:{middle}:{asked}")


def _is_meant(claimed: str, uri: str) -> bool:
    """Whether a proof for one URI is one for another (RFC 7616 3.4.6): the resource is the same,
    who at which host. A proxy may have added or taken away the port, the transport and whatever
    else says how to get there."""
    if claimed == uri:
        return True
    try:
        one, other = parse_uri(claimed), parse_uri(uri)
    except ValueError:
        return False
    if (one.scheme == "tel") != (other.scheme == "tel"):
        return False
    is_port = one.port == other.port or not (one.port and other.port)
    return is_port and (unescape(one.user), one.host) == (unescape(other.user), other.host)


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(
        one.encode("utf-8", "surrogateescape"), other.encode("utf-8", "surrogateescape")
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def parameters(value: str) -> dict[str, str] | None:
    """The parameters of a `Digest` challenge or credentials, names in lower case; None if it is
    of another scheme, malformed or too long."""
    if len(value) > HEADER_MAX:
        return None
    try:
        scheme, found = sip_value.login_parts(value)
    except ValueError:
        return None
    is_ours = scheme == "digest" and 0 < len(found) <= PARAMS_MAX
    return found if is_ours and all(found.values()) else None
