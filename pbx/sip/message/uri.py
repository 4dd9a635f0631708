"""SIP and tel URIs and name-addr values (RFC 3261 19.1, 20.10; RFC 3966), read and written."""

from __future__ import annotations

from urllib.parse import unquote

import msgspec

from kernel.sip import value as sip_value

DECIDING = ("user", "ttl", "method", "maddr", "transport")
SEPARATORS = {ord(letter): None for letter in "-.() "}


class Uri(msgspec.Struct, frozen=True):
    """A URI in its parts, escapes kept as written: `user` and `password` without their
    delimiters, `port` 0 where none is written, parameter names in lower case ("" = no value).

    Of a tel URI `user` is the number; of any other scheme `user` is all that follows it."""

    scheme: str  # lower case
    user: str
    password: str | None
    host: str  # lower case; an IPv6 address with its brackets
    port: int
    params: dict[str, str]
    headers: str  # what follows "?"

    def __str__(self) -> str:
        text = f"{self.scheme}:{self.user}"
        if self.password is not None:
            text += f":{self.password}"
        if self.host:
            text += f"@{self.host}" if self.user else self.host
        if self.port:
            text += f":{self.port}"
        text += write_params(self.params)
        return f"{text}?{self.headers}" if self.headers else text


class Address(msgspec.Struct, frozen=True):
    """A From, To, Contact, Route … value: display name without its quotes, URI, parameters."""

    display: str
    uri: Uri
    params: dict[str, str]

    def __str__(self) -> str:
        name = f"{quote(self.display)} " if self.display else ""
        return f"{name}<{self.uri}>{write_params(self.params)}"


def parse_uri(text: str) -> Uri:
    """Read a URI; raises ValueError."""
    return Uri(*sip_value.uri_parts(text))


def parse_address(text: str) -> Address:
    """Read one name-addr or addr-spec with its parameters; raises ValueError."""
    display, uri, params = sip_value.address_parts(text)
    return Address(display, Uri(*sip_value.uri_parts(uri)), params)


def uri_of(value: str) -> str:
    """The URI within a name-addr or addr-spec, as it is written there; raises ValueError."""
    _, uri, _ = sip_value.address_parts(value)
    return uri


def value_of(text: str) -> tuple[str, dict[str, str]]:
    """A header value `word;name=text;…` as the word and its parameters; raises ValueError."""
    word, mark, rest = text.partition(";")
    return word.strip(), sip_value.params(mark + rest)


def sip_uri(user: str, host: str, *, port: int = 0) -> Uri:
    """A plain sip: URI, `user` escaped where it must be."""
    return Uri("sip", escape(user), None, host, port, {}, "")


def write_params(params: dict[str, str]) -> str:
    """`;name=value;name` for a URI, or for a header whose values are tokens."""
    return "".join(f";{name}={value}" if value else f";{name}" for name, value in params.items())


def quote(text: str) -> str:
    """A quoted string (RFC 3261 25.1), without what may not stand in one."""
    if not text.isprintable():
        text = "".join(c for c in text if c.isprintable())
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unescape(text: str) -> str:
    """`%41` -> `A`; bytes that are no UTF-8 become U+FFFD, a broken escape stays."""
    return unquote(text) if "%" in text else text


SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/#")


def escape(text: str) -> str:
    """A user part with every character escaped that may not stand there; `#` is left, as phones
    do."""
    if SAFE.issuperset(text):
        return text
    return "".join(
        c if c in SAFE else "".join(f"%{octet:02X}" for octet in c.encode()) for c in text
    )


def same(uri: Uri, other: Uri) -> bool:
    """Whether two URIs are equal as RFC 3261 19.1.4 has it."""
    if (uri.scheme, uri.host, uri.port) != (other.scheme, other.host, other.port):
        return False
    if unescape(uri.user) != unescape(other.user) or uri.password != other.password:
        return False
    return _same_params(uri.params, other.params) and _headers(uri) == _headers(other)


def _same_params(params: dict[str, str], other: dict[str, str]) -> bool:
    """Parameters in both must agree; the deciding ones must be in both or in neither."""
    if any((name in params) != (name in other) for name in DECIDING):
        return False
    return all(
        unescape(value).lower() == unescape(other[name]).lower()
        for name, value in params.items()
        if name in other
    )


def _headers(uri: Uri) -> list[tuple[str, str]]:
    """The header components, comparable: their order means nothing."""
    return sorted(headers_in(uri))


def headers_in(uri: Uri) -> list[tuple[str, str]]:
    """The headers that a URI asks for, names in lower case, without escapes."""
    parts = (part.partition("=") for part in uri.headers.split("&") if part)
    return [(unescape(name).lower(), unescape(value)) for name, _, value in parts]


def number_of(uri: Uri) -> str:
    """The number or name that a URI stands for: of `tel:+1-555-0100;ext=5` and of
    `sip:+1(555)0100;phone-context=x@h;user=phone` only the number (RFC 3966, RFC 3261 19.1.6). A
    local number stands for itself: its context says where it is known, not what precedes it
    (RFC 3966 5.1.5)."""
    number = plain_user(uri.user)
    if uri.scheme == "tel" or uri.params.get("user", "").lower() == "phone":
        return number.translate(SEPARATORS)
    return number


def plain_user(user: str) -> str:
    """A user part as a number: `+1-555(0100);phone-context=x` becomes `+15550100`. A name with
    letters keeps its separators. "" for what is no text."""
    if user.isascii() and user.isdigit() and len(user) <= 64:
        return user
    text = unescape(user.partition(";")[0])
    if not text.isprintable() or len(text) > 64:
        return ""
    bare = text.translate(SEPARATORS)
    return bare if bare and not bare.strip("+*#0123456789") else text
