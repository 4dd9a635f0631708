# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False
"""The header index of a SIP message: one bounds-checked pass over its head, values on demand.

A line is name, colon, value; a value may go on in lines that start with a space (a fold). The
index keeps offsets only and knows the common headers by number, in long and compact form. It
never raises on what it reads: the first fault found is noted, and the lines that can be read are
there for an answer (RFC 3261 7.3).
"""

from cpython.mem cimport PyMem_Malloc
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcmp, memcpy

from kernel.sip.head cimport Head, Line

from kernel.sip.head import COMPACT, NAMES, NUMBERS

LINES_LIMIT = 512  # what `lines_max` may be at most

FINE, NOT_SIP, START_LINE, VERSION, CONTROL, LINE, LINES, TOO_LONG, UNENDED, LENGTH = range(10)

cdef enum:
    STACK_LINES = 512
    SLOTS = 256
    NAME_MAX = 24
    DIGITS_MAX = 10

cdef struct Name:
    uint8_t length
    uint8_t header
    unsigned char text[NAME_MAX]

cdef bint[256] CLEAN  # what may stand in a line: no controls but the tab
cdef unsigned char[256] TOKEN  # lower case of a token character, else 0 (RFC 3261 25.1)
cdef Name[SLOTS] TABLE


cdef int _fill_token() except -1:
    cdef unsigned char c
    cdef int octet
    for octet in range(256):
        CLEAN[octet] = octet >= 32 and octet != 127 or octet == 9
    for c in <bytes>b"abcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~":
        TOKEN[c] = c
    for c in <bytes>b"ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        TOKEN[c] = c + 32
    return 0


cdef int _enter(bytes text, int header) except -1:
    cdef unsigned int slot = 0
    cdef unsigned char c
    cdef Py_ssize_t at
    for c in text:
        slot = slot * 31 + c
    slot %= SLOTS
    while TABLE[slot].length:
        slot = (slot + 1) % SLOTS
    TABLE[slot].length = len(text)
    TABLE[slot].header = header
    for at, c in enumerate(text):
        TABLE[slot].text[at] = c
    return 0


_fill_token()
for _name, _number in NUMBERS.items():
    _enter(_name.encode(), _number)
for _short, _name in COMPACT.items():
    _enter(_short.encode(), NUMBERS[_name])

cdef int CONTENT_LENGTH = NUMBERS["content-length"]
cdef int CALL_ID = NUMBERS["call-id"]


cdef int _known(const unsigned char* data, Py_ssize_t start, Py_ssize_t end) noexcept:
    """The number of the header named in data[start:end]; 0 when unknown, -1 when no token."""
    cdef unsigned int slot = 0
    cdef unsigned char[NAME_MAX] lower
    cdef Py_ssize_t at, length = end - start
    cdef unsigned char c
    if length <= 0:
        return -1
    for at in range(length):
        c = TOKEN[data[start + at]]
        if c == 0:
            return -1
        if at < NAME_MAX:
            lower[at] = c
        slot = slot * 31 + c
    slot %= SLOTS
    while TABLE[slot].length:
        if TABLE[slot].length == length and not memcmp(TABLE[slot].text, lower, length):
            return TABLE[slot].header
        slot = (slot + 1) % SLOTS
    return 0


cdef class _Scan:
    """The state of one pass. Of a header line up to `judged`: whether a quote is open there, and
    whether control characters stood in it as quoted-pairs."""

    cdef const unsigned char[::1] data
    cdef const unsigned char* octets  # the same for tight loops, which check against `limit`
    cdef Head head
    cdef Py_ssize_t limit
    cdef int lines_max
    cdef Py_ssize_t judged
    cdef bint is_open, paired
    cdef Line[STACK_LINES] lines

    cdef void _wrong(self, int fault) noexcept:
        if self.head.fault == 0:
            self.head.fault = fault

    cdef Py_ssize_t _line_end(self, Py_ssize_t at) except -2:
        """Where the CRLF of the line at `at` is; -1 when the head ends first."""
        cdef unsigned char c
        while at < self.limit:
            while at < self.limit and CLEAN[self.octets[at]]:
                at += 1
            if at == self.limit:
                return -1
            c = self.octets[at]
            if c == 13 and at + 1 == self.limit:
                return -1
            if c == 13 and self.data[at + 1] == 10:
                return at
            if not self._is_paired(at):
                self._wrong(4)  # CONTROL: NUL, a bare CR or LF, an escape
            at += 1
        return -1

    cdef bint _is_paired(self, Py_ssize_t at) except -1:
        """Whether the control character at `at` is the second half of a quoted-pair, which may
        be any but CR and LF (RFC 3261 25.1)."""
        cdef Py_ssize_t place = self.judged
        cdef unsigned char c = self.data[at]
        if c == 13 or c == 10 or place > at:
            return False
        while place < at:
            c = self.data[place]
            if c == 92 and self.is_open:
                place += 1
            elif c == 34:
                self.is_open = not self.is_open
            place += 1
        self.judged = place
        self.paired |= place == at + 1
        return place == at + 1

    cdef bint _is_fold(self, Py_ssize_t at) except -1:
        return at < self.limit and (self.octets[at] == 32 or self.octets[at] == 9)

    cdef Py_ssize_t _read_lines(self, Py_ssize_t at) except -2:
        """Index the lines from `at`; where the body starts, or -1 without an empty line."""
        cdef Py_ssize_t start, end
        cdef bint folded
        while True:
            start = self.judged = at
            self.is_open = self.paired = False
            end = self._line_end(at)
            if end == start:
                return end + 2
            if end < 0:
                return -1
            folded = False
            at = end + 2
            while self._is_fold(at):
                folded = True
                end = self._line_end(at)
                if end < 0:
                    return -1
                at = end + 2
            self._read_line(start, end, folded)

    cdef int _read_line(self, Py_ssize_t start, Py_ssize_t end, bint folded) except -1:
        cdef Py_ssize_t colon = start, name_end
        cdef int header
        cdef Line* line
        cdef const unsigned char* octets = self.octets  # start <= end <= limit
        while colon < end and octets[colon] != 58:
            colon += 1
        name_end = colon
        while name_end > start and (octets[name_end - 1] == 32 or octets[name_end - 1] == 9):
            name_end -= 1
        header = _known(octets, start, name_end) if colon < end else -1
        if header < 0:
            self._wrong(5)  # LINE
            return 0
        if self.head.count >= self.lines_max:
            self._wrong(6)  # LINES
            return 0
        line = &self.lines[self.head.count]
        line.header = header
        line.folded, line.paired = folded, self.paired
        if self.paired and header == CALL_ID:
            self._wrong(4)  # quotes are only characters there
        line.name, line.name_end = start, name_end
        colon += 1
        while colon < end and octets[colon] <= 32:
            colon += 1
        while end > colon and octets[end - 1] <= 32:
            end -= 1
        line.value, line.value_end = colon, end
        self.head.count += 1
        self._note(header, line)
        return 0

    cdef int _note(self, int header, Line* line) except -1:
        """Keep account of which headers came, once or more, and of the Content-Length."""
        cdef uint64_t bit = <uint64_t>1 << (header - 1) if header else 0
        self.head.twice |= self.head.seen & bit
        self.head.seen |= bit
        return self._read_length(line) if header == CONTENT_LENGTH else 0

    cdef int _read_length(self, Line* line) except -1:
        cdef int64_t length = 0
        cdef Py_ssize_t at
        cdef unsigned char c
        if self.head.content_length >= 0 or line.value == line.value_end:
            self._wrong(9)  # LENGTH: a second one, or none
        for at in range(line.value, line.value_end):
            c = self.data[at]
            if c < 48 or c > 57 or length > 0xFFFFFFFF:
                self._wrong(9)
                return 0
            length = length * 10 + c - 48
        self.head.content_length = length
        return 0

    cdef int _read_start(self, Py_ssize_t start, Py_ssize_t end) except -1:
        if self._is_version(start, end, 4):
            return self._read_status(start, end)
        return self._read_request(start, end)

    cdef bint _is_version(self, Py_ssize_t at, Py_ssize_t end, int length) except -1:
        """Whether the first `length` characters of SIP/2.0 stand at `at`."""
        cdef int n
        if end - at < length:
            return False
        for n in range(length):
            if (self.data[at + n] & 0xDF if n < 3 else self.data[at + n]) != b"SIP/2.0"[n]:
                return False
        return True

    cdef int _read_request(self, Py_ssize_t start, Py_ssize_t end) except -1:
        cdef Head head = self.head
        cdef Py_ssize_t uri = start, version = end, at
        head.is_request = True
        while uri < end and TOKEN[self.data[uri]]:
            uri += 1
        if uri == start or uri >= end or self.data[uri] != 32:
            self.head.fault = 1  # NOT_SIP
            return 0
        head.method = head.data[start:uri].decode("ascii")
        while self.data[version - 1] != 32:
            version -= 1
        if uri + 1 < version - 1:
            head.uri = head.data[uri + 1:version - 1].decode("utf-8", "replace")
            head.uri_at, head.uri_end = uri + 1, version - 1
        for at in range(uri + 1, version - 1):
            if self.data[at] == 32 or self.data[at] == 9:
                self._wrong(2)  # START_LINE: spaces in the Request-URI
        if head.uri == "" or not self._is_version(version, end, 4):
            self._wrong(2)
        elif end - version != 7 or not self._is_version(version, end, 7):
            self._wrong(3)  # VERSION
        return 0

    cdef int _read_status(self, Py_ssize_t start, Py_ssize_t end) except -1:
        cdef Head head = self.head
        cdef Py_ssize_t at
        if not self._is_version(start, end, 7):
            self._wrong(3)
            return 0
        if end - start < 11 or self.data[start + 7] != 32:
            self._wrong(2)
            return 0
        for at in range(start + 8, start + 11):
            if self.data[at] < 48 or self.data[at] > 57:
                self._wrong(2)
                return 0
            head.code = head.code * 10 + self.data[at] - 48
        if not 100 <= head.code <= 699 or end > start + 11 and self.data[start + 11] != 32:
            self._wrong(2)
        head.reason = head.data[start + 12:end].decode("utf-8", "replace")
        return 0

    cdef int run(self) except -1:
        cdef Head head = self.head
        cdef Py_ssize_t start = 0, end
        while start < self.limit and (self.data[start] == 13 or self.data[start] == 10):
            start += 1
        self.judged = self.limit + 1  # no quotes in the start line
        end = self._line_end(start)
        if end < 0 and self.limit < len(self.data):
            self._wrong(1)
        self._read_start(start, self.limit if end < 0 else end)
        if end < 0 or head.fault == 1:
            self._wrong(8)
            return 0
        if self._is_fold(end + 2):
            self._wrong(5)  # a fold of the start line
        head.body = self._read_lines(end + 2)
        if head.body < 0:
            self._wrong(7 if self.limit < len(self.data) else 8)  # TOO_LONG, UNENDED
            head.body = len(self.data)
        return 0

    cdef int keep(self) except -1:
        """Copy the lines from here to the head."""
        cdef size_t size = self.head.count * sizeof(Line)
        self.head.lines = <Line*>PyMem_Malloc(size)
        if size and self.head.lines == NULL:
            raise MemoryError
        memcpy(self.head.lines, self.lines, size)
        return 0


def index(bytes data not None, int head_max, int lines_max):
    """Index the head of the message in `data`; never raises on its content.

    A head over `head_max` octets or `lines_max` header lines (at most LINES_LIMIT) is a fault.
    """
    if not 0 <= lines_max <= STACK_LINES or head_max < 0:
        raise ValueError(f"limits out of range: {head_max}, {lines_max}")
    cdef Head head = Head.__new__(Head)
    cdef _Scan scan = _Scan.__new__(_Scan)
    head.data = data
    head.method = head.uri = head.reason = ""
    head.content_length = -1
    scan.head = head
    scan.data = data
    scan.octets = data
    scan.limit = min(len(data), head_max)
    scan.lines_max = lines_max
    scan.run()
    scan.keep()
    return head
