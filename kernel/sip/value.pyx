# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False
"""The inside of SIP header values: lists, parameters, addresses, URIs and Via cut into parts.

Text in, parts out; each function reads its argument once, checks the characters it meets and
raises ValueError with a reason (grammar: RFC 3261 25.1). White space around separators is
allowed wherever the grammar has LWS; folds are already gone (`kernel.sip.index`).
"""

cdef enum:
    WORD = 1  # a token character
    HOST = 2  # a character of a host name
    SIX = 4  # of an IPv6 address
    HEX = 8

cdef unsigned char[128] KIND


cdef int _fill() except -1:
    cdef unsigned char c
    for c in <bytes>b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~":
        KIND[c] |= WORD
    for c in <bytes>b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._":
        KIND[c] |= HOST
    for c in <bytes>b"abcdefABCDEF0123456789":
        KIND[c] |= SIX | HEX
    for c in <bytes>b":.":
        KIND[c] |= SIX
    return 0


_fill()


cdef inline bint _is(Py_UCS4 c, int kind) noexcept:
    return c < 128 and KIND[<int>c] & kind


cdef inline Py_ssize_t _run(str text, Py_ssize_t at, int kind) except -1:
    """Where the run of `kind` from `at` ends."""
    cdef Py_ssize_t end = len(text)
    while at < end and _is(text[at], kind):
        at += 1
    return at


cdef inline Py_ssize_t _blank(str text, Py_ssize_t at) except -1:
    """Where the white space from `at` ends."""
    cdef Py_ssize_t end = len(text)
    while at < end and (text[at] == u" " or text[at] == u"\t"):
        at += 1
    return at


cdef inline Py_UCS4 _peek(str text, Py_ssize_t at) except? 1:
    return text[at] if at < len(text) else 0


cdef Py_ssize_t _close(str text, Py_ssize_t at) except -1:
    """Where the quoted string that opens at `at` closes (its last quote)."""
    cdef Py_ssize_t end = len(text)
    at += 1
    while at < end:
        if text[at] == u'"':
            return at
        at += 2 if text[at] == u"\\" else 1
    raise ValueError("a quoted string is not closed")


cdef str _unquote(str text, Py_ssize_t start, Py_ssize_t end):
    """The content of the quoted string whose quotes are at `start` and `end`."""
    cdef str inner = text[start + 1:end]
    if u"\\" not in inner:
        return inner
    cdef list out = []
    cdef Py_ssize_t at = 0
    while at < len(inner):
        if inner[at] == u"\\":
            at += 1
        out.append(inner[at])
        at += 1
    return "".join(out)


def split(str text not None, str separator not None, bint strict=False):
    """The parts of `text` between separators outside of quotes and angle brackets, stripped;
    empty ones are left out, or refused where `strict`. Raises ValueError where a quote or bracket
    is left open."""
    cdef Py_ssize_t at = 0, start = 0, end = len(text)
    cdef bint inside = False
    cdef Py_UCS4 c, mark = ord(separator)
    cdef list parts = []
    while at < end:
        c = text[at]
        if c == u'"' and not inside:
            at = _close(text, at)
        elif c == u"<":
            inside = True
        elif c == u">":
            inside = False
        elif c == mark and not inside:
            parts.append(text[start:at].strip(" \t"))
            start = at + 1
        at += 1
    if inside:
        raise ValueError("an angle bracket is not closed")
    parts.append(text[start:].strip(" \t"))
    if strict and "" in parts:
        raise ValueError(f"nothing between two {separator!r}")
    return [part for part in parts if part]


cdef Py_ssize_t _params(str text, Py_ssize_t at, dict found, Py_UCS4 mark=u";") except -1:
    """Read `;name=value…` from `at` into `found`; where it ends: a comma or the end. A mark with
    nothing behind it may only be the last one (RFC 4475 3.1.2.1)."""
    cdef Py_ssize_t start
    cdef str name
    while True:
        at = _blank(text, at)
        if _peek(text, at) != mark:
            return at
        at = _blank(text, at + 1)
        start = at
        at = _run(text, at, WORD)
        if at == start:
            if at == len(text):
                return at
            raise ValueError("a parameter has no name")
        name = text[start:at].lower()
        if name in found:
            raise ValueError(f"parameter {name} stands twice")
        at = _blank(text, at)
        if _peek(text, at) != u"=":
            found[name] = ""
            continue
        at = _value(text, _blank(text, at + 1), name, found)


cdef Py_ssize_t _value(str text, Py_ssize_t at, str name, dict found) except -1:
    """Read one parameter value, quoted or plain, that starts at `at`; where it ends."""
    cdef Py_ssize_t start = at, end = len(text)
    if at < end and text[at] == u'"':
        at = _close(text, at)
        found[name] = _unquote(text, start, at)
        return at + 1
    while at < end and text[at] > u" " and text[at] not in u';,"<>':
        at += 1
    found[name] = text[start:at]
    return at


def params(str text not None):
    """`;a=1;b="x y";c` as {"a": "1", "b": "x y", "c": ""}; names in lower case, none twice."""
    cdef dict found = {}
    _end(text, _params(text, 0, found))
    return found


cdef int _end(str text, Py_ssize_t at) except -1:
    if at < len(text):
        raise ValueError(f"unexpected {text[at]!r}")
    return 0


def login_parts(str text not None):
    """A challenge or credentials, `Digest realm="x, y", qop=auth`, as (scheme, parameters), both
    with their names in lower case (RFC 3261 25.1, RFC 7235 2.1)."""
    cdef dict found = {}
    cdef Py_ssize_t start = _blank(text, 0), at = _run(text, start, WORD)
    cdef str scheme = text[start:at].lower(), rest = "," + text[at:]
    if at == start or _blank(text, at) == at:
        raise ValueError("a login without scheme or parameters")
    _end(rest, _params(rest, 0, found, u","))
    return scheme, found


def address_parts(str text not None):
    """A name-addr or addr-spec as (display name, URI text, parameters) (RFC 3261 20.10)."""
    cdef Py_ssize_t start = _blank(text, 0), at, end
    cdef str display, uri
    cdef dict found = {}
    display, at = _display(text, start)
    if at < 0:
        uri = _bare(text, start)
        at = start + len(uri)
    else:
        end = text.find(">", at)
        if end < 0:
            raise ValueError("an angle bracket is not closed")
        uri = text[at + 1:end]
        at = end + 1
    _end(text, _params(text, at, found))
    return display, uri, found


cdef tuple _display(str text, Py_ssize_t start):
    """The display name at `start` and where the bracket after it is; -1 without brackets."""
    cdef Py_ssize_t at, end
    if _peek(text, start) == u'"':
        end = _close(text, start)
        at = _blank(text, end + 1)
        if _peek(text, at) != u"<":
            raise ValueError("no <uri> after the display name")
        return _unquote(text, start, end), at
    at = text.find("<", start)
    if at > 0 and u'"' in text[start:at]:
        return "", -1  # no display name: the bracket is in a quoted parameter, if all is well
    return text[start:at].strip(" \t") if at > 0 else "", at


cdef str _bare(str text, Py_ssize_t at):
    """A URI without brackets: parameters after it are the header's, no `?` or `,` in it."""
    cdef Py_ssize_t start = at, end = len(text)
    while at < end and text[at] > u" " and text[at] != u";":
        if text[at] in u"?,":
            raise ValueError("a URI with ? or , needs angle brackets")
        at += 1
    return text[start:at]


def uri_parts(str text not None):
    """A URI as (scheme, user, password, host, port, parameters, headers) (RFC 3261 19.1.1).

    `password` is None and `port` 0 where there is none. Escapes are checked, not resolved. Of a
    tel URI (RFC 3966) the number is the user; of any other scheme all after the colon is."""
    cdef Py_ssize_t colon = text.find(":")
    cdef str scheme, rest, user = "", host, headers = ""
    cdef object password = None
    _check_uri(text)
    if colon < 1:
        raise ValueError("a URI without scheme")
    scheme, rest = text[:colon].lower(), text[colon + 1:]
    if _run(scheme, 0, WORD) != colon or not rest:
        raise ValueError("a URI without scheme or without content")
    if scheme == "tel":
        return _tel(rest)
    if scheme != "sip" and scheme != "sips":
        return scheme, rest, None, "", 0, {}, ""
    if u"@" in rest:
        user, _, rest = rest.partition("@")
        if u":" in user:
            user, _, password = user.partition(":")
        if not user or u"@" in rest:
            raise ValueError("no user, or two @")
    if u"?" in rest:
        rest, _, headers = rest.partition("?")
    host, port, at = _host(rest, 0)
    return scheme, user, password, host, port, _uri_params(rest[at:]), headers


cdef int _check_uri(str text) except -1:
    """Refuse spaces, controls, quotes, brackets, what is not ASCII, and broken escapes."""
    cdef Py_ssize_t at, end = len(text)
    cdef Py_UCS4 c
    for at in range(end):
        c = text[at]
        if c <= u" " or c >= 127 or c == u"<" or c == u">" or c == u'"':
            raise ValueError(f"{c!r} in a URI")
        if c == u"%" and not (
            at + 2 < end and _is(text[at + 1], HEX) and _is(text[at + 2], HEX)
        ):
            raise ValueError("a broken escape in a URI")
    return 0


cdef tuple _tel(str rest):
    cdef str number
    number, _, tail = rest.partition(";")
    for c in number:
        if c not in "+0123456789abcdefABCDEF*#-.()":
            raise ValueError(f"{c!r} in a telephone number")
    if not number:
        raise ValueError("no telephone number")
    return "tel", number, None, "", 0, _uri_params(";" + tail if tail else ""), ""


cdef dict _uri_params(str text):
    """`;name=value` of a URI: no white space and no quotes here."""
    cdef dict found = {}
    if not text:
        return found
    if text[0] != u";":
        raise ValueError(f"unexpected {text[0]!r} after the host")
    for part in text[1:].split(";"):
        name, _, value = part.partition("=")
        name = name.lower()
        if not name or name in found:
            raise ValueError("a URI parameter without name or twice")
        found[name] = value
    return found


cdef tuple _host(str text, Py_ssize_t at):
    """The host and port (0: none) that stand at `at`, and where they end."""
    cdef Py_ssize_t start = at, end, port = 0, digits
    if _peek(text, at) == u"[":
        end = _run(text, at + 1, SIX)
        if end == at + 1 or _peek(text, end) != u"]":
            raise ValueError("a broken IPv6 address")
        end += 1
    else:
        end = _run(text, at, HOST)
        if end == at:
            raise ValueError("no host")
    at = _blank(text, end)
    if _peek(text, at) != u":":
        return text[start:end].lower(), 0, end
    at = digits = _blank(text, at + 1)
    while u"0" <= _peek(text, at) <= u"9" and port < 65536:
        port = port * 10 + (<int>text[at] - 48)
        at += 1
    if at == digits or not 0 < port < 65536:
        raise ValueError("a port that is none")
    return text[start:end].lower(), port, at


def via_parts(str text not None):
    """The first value of a Via line as (transport, host, port, parameters); port 0: none."""
    cdef Py_ssize_t at = 0, start
    cdef dict found = {}
    cdef str transport
    for word in ("SIP", "2.0"):
        start = _blank(text, at)
        at = _run(text, start, WORD)
        if text[start:at].upper() != word:
            raise ValueError("a Via that is not SIP/2.0")
        at = _blank(text, at)
        if _peek(text, at) != u"/":
            raise ValueError("a Via without transport")
        at += 1
    start = _blank(text, at)
    at = _run(text, start, WORD)
    transport = text[start:at].upper()
    if at == start or _blank(text, at) == at:
        raise ValueError("a Via without transport or host")
    host, port, at = _host(text, _blank(text, at))
    at = _params(text, at, found)
    if at < len(text) and text[at] != u",":
        raise ValueError(f"unexpected {text[at]!r} in a Via")
    return transport, host, port, found
