# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False
"""What `kernel.sip.index` found in the head of a SIP message: values on demand.

A value is given without folds and control characters; what goes back to its sender is given as it
came.
"""

from cpython.mem cimport PyMem_Free

NAMES = (
    "via", "from", "to", "call-id", "cseq", "contact", "max-forwards", "content-length",
    "content-type", "expires", "route", "record-route", "authorization", "proxy-authorization",
    "www-authenticate", "proxy-authenticate", "require", "proxy-require", "supported",
    "unsupported", "allow", "accept", "user-agent", "server", "session-expires", "min-se",
    "min-expires", "event", "subscription-state", "refer-to", "referred-by", "replaces", "reason",
    "rseq", "rack", "date", "subject", "content-encoding", "accept-encoding", "accept-language",
    "alert-info", "retry-after", "p-asserted-identity", "remote-party-id", "diversion", "privacy",
    "path", "service-route", "warning", "organization", "mime-version", "content-disposition",
    "timestamp", "allow-events", "content-language", "join",
)
COMPACT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
    "c": "content-type", "k": "supported", "s": "subject", "e": "content-encoding",
    "u": "allow-events", "o": "event", "r": "refer-to", "b": "referred-by",
    "x": "session-expires",
}
NUMBERS = {name: number for number, name in enumerate(NAMES, 1)}

cdef bytes CONTROLS = bytes([*range(9), *range(10, 32), 127])  # never in a value we give


cdef bytes _without_controls(bytes value):
    """A value without the quoted-pairs of control characters in it."""
    cdef unsigned char c
    cdef bytearray kept = bytearray()
    for c in value:
        if c >= 32 and c != 127 or c == 9:
            kept.append(c)
        else:
            del kept[len(kept) - 1:]
    return bytes(kept)


cdef class Head:
    """What `index` found. Offsets count from the start of `data`.

    `fault` is the first of the module's fault numbers, FINE if there is none; `content_length`
    is -1 when absent; `seen` and `twice` have bit n set when header n + 1 of NAMES was there.
    """

    def __dealloc__(self):
        PyMem_Free(self.lines)

    def text(self, str name not None):
        """The first value under `name` (long form, lower case) without folds; None if absent."""
        cdef int at = self._find(name, 0)
        return None if at < 0 else self._text(at)

    def has(self, str name not None):
        """Whether a header of NAMES is there; KeyError for another name."""
        cdef int header = NUMBERS[name]
        return (self.seen >> (header - 1)) & 1 != 0

    def texts(self, str name not None):
        """All values under `name`, one for each line."""
        return [self._text(at) for at in self._all(name)]

    def raws(self, str name not None):
        """All values under `name` as bytes, folds replaced by one space."""
        return [self._raw(at) for at in self._all(name)]

    cdef list _all(self, str name):
        cdef list found = []
        cdef int at = self._find(name, 0)
        while at >= 0:
            found.append(at)
            at = self._find(name, at + 1)
        return found

    cdef int _find(self, str name, int start) except -2:
        cdef int at, header = NUMBERS.get(name, 0)
        if header and not (self.seen >> (header - 1)) & 1:
            return -1
        for at in range(start, self.count):
            if self.lines[at].header != header:
                continue
            if header or self._name(at) == name:
                return at
        return -1

    cdef str _name(self, int at):
        cdef Line line = self.lines[at]
        return self.data[line.name:line.name_end].decode("ascii", "replace").lower()

    cdef bytes _raw(self, int at):
        cdef Line line = self.lines[at]
        value = self.data[line.value:line.value_end]
        if line.folded:
            value = b" ".join([part.strip() for part in value.split(b"\r\n")]).strip()
        if self.fault:
            value = value.translate(None, CONTROLS)
        return value

    cdef str _text(self, int at):
        cdef Line line = self.lines[at]
        if line.paired and not self.fault:
            return _without_controls(self._raw(at)).decode("utf-8", "replace")
        if line.folded or self.fault:
            return self._raw(at).decode("utf-8", "replace")
        return self.data[line.value:line.value_end].decode("utf-8", "replace")
