# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False
"""The plain form that nearly all SIP messages have, verified and read in one pass over the bytes.

    From: "A" <sip:a@192.0.2.7:5060;transport=udp>;tag=x      plain
    From: sip:a@[2001:db8::7];tag="x y"                       sound, but not plain

A plain message keeps every rule of `pbx.sip.message.check`; of any other that finds out, rule by
rule, whether it is sound. So what is rare or doubtful here (folds, several Vias, routes, escapes
in quotes, IPv6, white space around separators) is never wrong, only dearer.
"""

from kernel.sip.head cimport Head, Line
from kernel.sip.text cimport Text, is_at_end, lower, number, peek, take, take_word
from libc.stdint cimport int64_t, uint64_t

from kernel.sip.head import NAMES

cdef enum:
    WORD = 1  # a token character (RFC 3261 25.1)
    HOST = 2
    HEX = 4
    VISIBLE = 8  # no space, no control, ASCII
    VALUE = 16  # of an unquoted parameter
    PARAMS_MAX = 12
    DIGITS_MAX = 10

cdef struct Param:  # `;name=value`: where it starts, its name and its value; it ends with that
    Py_ssize_t start
    Py_ssize_t name
    Py_ssize_t name_end
    Py_ssize_t value
    Py_ssize_t end

cdef struct Params:
    int count
    Param[PARAMS_MAX] all

cdef unsigned char[256] KIND


cdef int _fill() except -1:
    cdef int c
    for c in b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~":
        KIND[c] |= WORD
    for c in b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._":
        KIND[c] |= HOST
    for c in b"abcdefABCDEF0123456789":
        KIND[c] |= HEX
    for c in range(33, 127):
        KIND[c] |= VISIBLE | (0 if c in b';,"<>\\' else VALUE)
    return 0


_fill()


def _bit(name):
    return 1 << NAMES.index(name)


MANDATORY = sum(_bit(name) for name in ("via", "from", "to", "call-id", "cseq"))
SINGLE = MANDATORY & ~_bit("via") | sum(_bit(name) for name in (
    "max-forwards", "content-type", "expires", "min-expires", "event", "replaces",
    "session-expires", "min-se", "rack", "rseq", "refer-to", "referred-by",
))
LIMITS = {"max-forwards": 255, "expires": 2**32 - 1, "min-expires": 2**32 - 1}

cdef uint64_t NEEDED = MANDATORY
cdef uint64_t ONCE = SINGLE | _bit("via") | _bit("contact")
cdef uint64_t ROUTES = _bit("route") | _bit("record-route") | _bit("path")
cdef list NUMBERS = [(NAMES.index(name) + 1, limit) for name, limit in LIMITS.items()]
cdef uint64_t NUMBERED = sum(_bit(name) for name in LIMITS)
cdef int VIA = NAMES.index("via") + 1
cdef int FROM = NAMES.index("from") + 1
cdef int TO = NAMES.index("to") + 1
cdef int CALL_ID = NAMES.index("call-id") + 1
cdef int CSEQ = NAMES.index("cseq") + 1
cdef int CONTACT = NAMES.index("contact") + 1


# ---- reading


cdef inline Py_ssize_t _run(Text* text, int kind) noexcept:
    """Pass over the run of `kind`; its length."""
    cdef Py_ssize_t start = text.at
    while text.at < text.end and KIND[text.data[text.at]] & kind:
        text.at += 1
    return text.at - start


cdef int64_t _port(Text* text) noexcept:
    """The port after a host, 0 without one; -1 for one that is none."""
    cdef int64_t port
    if not take(text, b":"):
        return 0
    port = number(text, DIGITS_MAX)
    return port if 0 < port < 65536 else -1


cdef bint _same_name(Text* text, Param* one, Param* other) noexcept:
    cdef Py_ssize_t length = one.name_end - one.name, n
    if length != other.name_end - other.name:
        return False
    for n in range(length):
        if lower(text.data[one.name + n]) != lower(text.data[other.name + n]):
            return False
    return True


cdef Param* _find(Text* text, Params* params, const char* name, Py_ssize_t length) noexcept:
    """The parameter of that name (in lower case); NULL without it."""
    cdef int n
    cdef Py_ssize_t c
    cdef Param* one
    for n in range(params.count):
        one = &params.all[n]
        if one.name_end - one.name != length:
            continue
        for c in range(length):
            if lower(text.data[one.name + c]) != <unsigned char>name[c]:
                break
        else:
            return one
    return NULL


cdef bint _params(Text* text, Params* params) noexcept:
    """Read `;name=value…`; False where that is not plain, or a name stands twice."""
    cdef Param* one
    cdef int n
    params.count = 0
    while peek(text) == b";":
        if params.count == PARAMS_MAX:
            return False
        one = &params.all[params.count]
        one.start = text.at
        one.name = text.at = text.at + 1
        if not _run(text, WORD):
            return False
        one.name_end = text.at
        take(text, b"=")
        one.value = text.at
        if one.value > one.name_end:
            _run(text, VALUE)
        one.end = text.at
        for n in range(params.count):
            if _same_name(text, one, &params.all[n]):
                return False
        params.count += 1
    return True


cdef Py_ssize_t _host_in(Text* text) noexcept:
    """Where the host starts in the URI of which the scheme is read; -1 where it is not plain."""
    cdef Py_ssize_t at = text.at, start = text.at
    cdef unsigned char c
    while at < text.end:
        c = text.data[at]
        if not KIND[c] & VISIBLE or c == b"<" or c == b">" or c == b'"' or c == b"?":
            return -1
        if c == b"%" and not (
            at + 2 < text.end and KIND[text.data[at + 1]] & KIND[text.data[at + 2]] & HEX
        ):
            return -1
        if c == b"@":
            if start != text.at or at == start or text.data[start] == b":":
                return -1
            start = at + 1
        at += 1
    return start


cdef bint _uri(Text text) noexcept:
    """Whether a stretch is a plain sip: or sips: URI."""
    cdef Params params
    cdef Py_ssize_t host
    if text.end - text.at < 5 or not (
        lower(text.data[text.at]) == b"s" and lower(text.data[text.at + 1]) == b"i"
        and lower(text.data[text.at + 2]) == b"p"
    ):
        return False
    text.at += 3
    if not take(&text, b":"):
        text.at += 1
        if lower(text.data[text.at - 1]) != b"s" or not take(&text, b":"):
            return False
    host = _host_in(&text)
    if host < 0:
        return False
    text.at = host
    return _run(&text, HOST) > 0 and _port(&text) >= 0 and _params(&text, &params) \
        and is_at_end(&text)


cdef bint _display(Text* text) noexcept:
    """Pass over a display name and the bracket after it."""
    cdef unsigned char c
    if take(text, b'"'):
        while peek(text) != b'"':
            if is_at_end(text) or peek(text) == b"\\":
                return False
            text.at += 1
        text.at += 1
        while peek(text) == 32 or peek(text) == 9:
            text.at += 1
        return take(text, b"<")
    while not is_at_end(text):
        c = text.data[text.at]
        text.at += 1
        if c == b"<":
            return True
        if c == b'"' or c == b",":
            return False
    return False


cdef bint _address(Text* text, Params* params, Text* uri) noexcept:
    """Read `name <uri>;params` to its end."""
    if not _display(text):
        return False
    uri[0] = text[0]
    while peek(text) != b">":
        if is_at_end(text):
            return False
        text.at += 1
    uri.end = text.at
    text.at += 1
    return _uri(uri[0]) and _params(text, params) and is_at_end(text)


cdef bint _stretch(Head head, int header, Text* text) noexcept:
    """The value of the first line of a header; False if it is not plain or absent."""
    cdef int n
    cdef Line* line
    for n in range(head.count):
        line = &head.lines[n]
        if line.header == header:
            text.at, text.end = line.value, line.value_end
            return not (line.folded or line.paired)
    return False


# ---- the verdict


cdef class Plain:
    """What is read of a plain message. `contact` is the URI of its one Contact, "" without.

    Of the one Via: `branch` and `host` ("" without), `port` (0: none), `has_rport`; these three
    are `sent_by` as well."""

    cdef readonly str call_id, from_tag, to_tag, branch, host, contact
    cdef readonly int64_t cseq
    cdef readonly int port
    cdef readonly bint has_rport
    cdef readonly tuple sent_by
    cdef Head head
    cdef Py_ssize_t via, via_end  # sent-protocol and sent-by
    cdef Params params  # of the Via

    def stamped(self, str host not None, int port):
        """The Via with `received` and, where it asks, `rport` (RFC 3261 18.2.1, RFC 3581 4)."""
        cdef Text text
        cdef Param* one
        cdef int n
        cdef bytes data = self.head.data
        text.data = data
        if not self.has_rport and self.host == host \
                and _find(&text, &self.params, b"received", 8) == NULL:
            return data[self.via:self.via_end if not self.params.count
                        else self.params.all[self.params.count - 1].end]
        cdef bytes stamped = data[self.via:self.via_end]
        for n in range(self.params.count):
            one = &self.params.all[n]
            if one != _find(&text, &self.params, b"received", 8) \
                    and one != _find(&text, &self.params, b"rport", 5):
                stamped += data[one.start:one.end]
        if self.has_rport:
            return b"%b;received=%b;rport=%d" % (stamped, host.encode(), port)
        return b"%b;received=%b" % (stamped, host.encode())

    def echo(self, str host not None, int port, str tag not None):
        """The lines that a response copies from a request that came from `host` and `port`, its
        Via stamped, the To with `tag` unless that is "" (RFC 3261 8.2.6.2)."""
        return b"Via: %b\r\nFrom: %b\r\nTo: %b%b\r\nCall-ID: %b\r\nCSeq: %b\r\n" % (
            self.stamped(host, port), self._raw(FROM), self._raw(TO),
            b";tag=" + tag.encode() if tag else b"", self._raw(CALL_ID), self._raw(CSEQ),
        )

    cdef bytes _raw(self, int header):
        cdef Text text
        text.at = text.end = 0
        _stretch(self.head, header, &text)
        return self.head.data[text.at:text.end]

    cdef str _of(self, Text* text, Params* params, const char* name, Py_ssize_t length):
        cdef Param* one = _find(text, params, name, length)
        return "" if one == NULL else self._cut(one.value, one.end)

    cdef str _cut(self, Py_ssize_t at, Py_ssize_t end):
        return self.head.data[at:end].decode("ascii")

    cdef bint _read_via(self, Text* text) except -1:
        cdef Py_ssize_t start
        if not _stretch(self.head, VIA, text):
            return False
        self.via = text.at
        if not take_word(text, b"SIP/2.0/", 8) or not _run(text, WORD) \
                or not take(text, b" "):
            return False
        start = text.at
        if not _run(text, HOST):
            return False
        self.host = self._cut(start, text.at).lower()
        self.port = _port(text)
        self.via_end = text.at
        if self.port < 0 or not _params(text, &self.params) or not is_at_end(text):
            return False
        self.has_rport = _find(text, &self.params, b"rport", 5) != NULL
        self.sent_by = self.host, self.port, self.has_rport
        self.branch = self._of(text, &self.params, b"branch", 6)
        return True

    cdef bint _read_cseq(self, Text* text) except -1:
        cdef Py_ssize_t start
        if not _stretch(self.head, CSEQ, text):
            return False
        self.cseq = number(text, DIGITS_MAX)
        if not 0 <= self.cseq < 2**31 or not take(text, b" "):
            return False
        start = text.at
        if not _run(text, WORD) or not is_at_end(text):
            return False
        return not self.head.is_request or self._cut(start, text.at) == self.head.method

    cdef bint _read_call_id(self, Text* text) except -1:
        cdef Py_ssize_t start
        if not _stretch(self.head, CALL_ID, text):
            return False
        start = text.at
        if not _run(text, VISIBLE) or not is_at_end(text):
            return False
        self.call_id = self._cut(start, text.at)
        return True

    cdef bint _read_addresses(self, Text* text) except -1:
        cdef Params params
        cdef Text uri
        if not _stretch(self.head, FROM, text) or not _address(text, &params, &uri):
            return False
        self.from_tag = self._of(text, &params, b"tag", 3)
        if not _stretch(self.head, TO, text) or not _address(text, &params, &uri):
            return False
        self.to_tag = self._of(text, &params, b"tag", 3)
        self.contact = ""
        if self.head.seen >> (CONTACT - 1) & 1:
            if not _stretch(self.head, CONTACT, text) or not _address(text, &params, &uri):
                return False
            self.contact = self._cut(uri.at, uri.end)
        return True

    cdef bint _has_numbers(self, Text* text) except -1:
        cdef int header
        cdef int64_t limit
        for header, limit in NUMBERS:
            if not self.head.seen >> (header - 1) & 1:
                continue
            if not _stretch(self.head, header, text) or not 0 <= number(text, DIGITS_MAX) <= limit \
                    or not is_at_end(text):
                return False
        return True


def plain(Head head not None):
    """What a message of the plain form says, or None for one of another form, sound or not."""
    cdef Text text
    cdef Plain found
    if head.fault or NEEDED & ~head.seen or head.twice & ONCE or head.seen & ROUTES:
        return None
    found = Plain.__new__(Plain)
    found.head = head
    text.data = head.data
    if head.is_request:
        text.at, text.end = head.uri_at, head.uri_end
        if not _uri(text):
            return None
    if not (found._read_via(&text) and found._read_cseq(&text) and found._read_call_id(&text)
            and found._read_addresses(&text)):
        return None
    if head.seen & NUMBERED and not found._has_numbers(&text):
        return None
    return found
