# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False
"""Session descriptions (RFC 4566), read in one pass: what decides about an audio stream.

    m=audio 4000 RTP/AVP 8 0 101        Stream: kind, port, proto, formats
    c=IN IP4 192.0.2.7                  its host, else the description's
    a=rtpmap:101 telephone-event/8000   its codecs of ours, its event number

A description is a stranger's: whatever is past the limits or no SDP is refused with ValueError.
"""

from kernel.text cimport Text, is_at_end, lower, number, peek, take, take_word
from libc.string cimport memchr, memset

BODY_MAX = 8192
LINES_MAX = 256
STREAMS_MAX = 16

cdef enum:
    FORMATS_MAX = 64
    PAYLOADS = 128
    EVENT_MIN = 96  # events have no number of their own
    PCMU_NUMBER = 0
    PCMA_NUMBER = 8

cdef enum:  # what an a=rtpmap says that a number stands for
    UNMAPPED, PCMU, PCMA, EVENT, OTHER


cdef class Stream:
    """One `m=` line with its attributes. `codecs` are those of ours that it knows by their static
    number, `event` is the number of telephone events (-1: none), `ptime` 0 where none is said;
    `host` and `direction` are "" where the description's count."""

    cdef readonly str kind, proto, formats, host, direction
    cdef readonly int port, ptime, event
    cdef readonly tuple codecs
    cdef int count
    cdef unsigned char[FORMATS_MAX] numbers
    cdef unsigned char[PAYLOADS] mapped

    cdef int finish(self) except -1:
        """All attributes are read: which codecs are known, and which number events have."""
        cdef list known = []
        cdef int n, form, mapped
        for n in range(self.count):
            form = self.numbers[n]
            mapped = self.mapped[form]
            if mapped == EVENT and self.event < 0 and form >= EVENT_MIN:
                self.event = form
            elif form == PCMU_NUMBER and mapped in (UNMAPPED, PCMU):
                known.append("PCMU")
            elif form == PCMA_NUMBER and mapped in (UNMAPPED, PCMA):
                known.append("PCMA")
        self.codecs = tuple(known)
        return 0


cdef class Description:
    """A whole description: the address and direction that hold for all its streams."""

    cdef readonly str host, direction
    cdef readonly list streams

    def __cinit__(self):
        self.host = self.direction = ""
        self.streams = []

    def audio(self, codecs, int start):
        """The first audio stream from `start` on that knows one of `codecs`, and the first of
        these that it knows: (index, host, codec, stream); None without one."""
        cdef Stream stream
        cdef int index
        for index in range(start, len(self.streams)):
            stream = self.streams[index]
            if stream.port and stream.kind == "audio" and stream.proto == "RTP/AVP":
                for codec in codecs:
                    if codec in stream.codecs:
                        return index, stream.host or self.host, codec, stream
        return None


cdef str _rest(Text* text):
    return text.data[text.at:text.end].decode("utf-8", "replace")


cdef inline bint _is_blank(unsigned char c) noexcept:
    return c == 32 or 9 <= c <= 13


cdef Text _upto(Text* text, unsigned char mark) noexcept:
    """The stretch before `mark` (or the end), both passed over."""
    cdef Text part = text[0]
    while not is_at_end(text) and peek(text) != mark:
        text.at += 1
    part.end = text.at
    take(text, mark)
    return part


cdef bint _next_word(Text* text, Text* word) noexcept:
    """The next word between blanks; False where there is none."""
    while not is_at_end(text) and _is_blank(peek(text)):
        text.at += 1
    word[0] = text[0]
    while not is_at_end(text) and not _is_blank(peek(text)):
        text.at += 1
    word.end = text.at
    return word.at < word.end


cdef int _whole(Text text, int top) noexcept:
    """The number that a stretch is; -1 where it is none up to `top`."""
    cdef int value = <int>number(&text, 5)
    return value if value <= top and is_at_end(&text) else -1


cdef Stream _stream(Text line):
    cdef Stream stream = Stream.__new__(Stream)
    cdef Text kind = _upto(&line, b" "), port = _upto(&line, b" "), word
    cdef list words = []
    cdef int payload
    stream.kind = _rest(&kind)
    stream.port = _whole(_upto(&port, b"/"), 65535)
    if not _next_word(&line, &word) or not stream.kind or stream.port < 0:
        raise ValueError("a stream without kind, port or profile")
    stream.proto = _rest(&word)
    while _next_word(&line, &word):
        if len(words) == FORMATS_MAX:
            raise ValueError("too many formats")
        words.append(_rest(&word))
        payload = _whole(word, PAYLOADS - 1)
        if payload >= 0 and word.end - word.at < 4:
            stream.numbers[stream.count] = payload
            stream.count += 1
    if not words:
        raise ValueError("a stream without formats")
    stream.formats = " ".join(words)
    stream.host = stream.direction = ""
    stream.event = -1
    memset(stream.mapped, UNMAPPED, PAYLOADS)
    return stream


cdef str _connection(Text line):
    cdef Text word, host, rest
    if not (_next_word(&line, &word) and word.end - word.at == 2 and take_word(&word, b"IN", 2)):
        raise ValueError("a connection that is not IN")
    if not _next_word(&line, &word) or word.end - word.at != 3 \
            or not take_word(&word, b"IP", 2) or not (take(&word, b"4") or take(&word, b"6")):
        raise ValueError("a connection that is neither IP4 nor IP6")
    if not _next_word(&line, &host) or _next_word(&line, &rest):
        raise ValueError("a connection without an address, or with two")
    host = _upto(&host, b"/")
    return _rest(&host)


cdef str _direction(Text* line):
    """The direction that an attribute is, or None."""
    cdef Py_ssize_t length = line.end - line.at
    if length != 8 and length != 9:
        return None
    cdef Text word = line[0]
    if take_word(&word, b"sendrecv", 8) and is_at_end(&word):
        return "sendrecv"
    if take_word(&word, b"sendonly", 8) and is_at_end(&word):
        return "sendonly"
    if take_word(&word, b"recvonly", 8) and is_at_end(&word):
        return "recvonly"
    if take_word(&word, b"inactive", 8) and is_at_end(&word):
        return "inactive"
    return None


cdef bint _is_named(Text name, const char* word, Py_ssize_t length) noexcept:
    """Whether a stretch is this word, given in small letters."""
    cdef Py_ssize_t n
    if name.end - name.at != length:
        return False
    for n in range(length):
        if lower(name.data[name.at + n]) != <unsigned char>word[n]:
            return False
    return True


cdef int _map(Stream stream, Text line) except -1:
    """`101 telephone-event/8000` of an a=rtpmap."""
    cdef int payload = _whole(_upto(&line, b" "), PAYLOADS - 1)
    cdef Text name
    while _is_blank(peek(&line)):
        line.at += 1
    while line.at < line.end and _is_blank(line.data[line.end - 1]):
        line.end -= 1
    name = _upto(&line, b"/")
    if payload < 0 or name.at == name.end or is_at_end(&line):
        raise ValueError("an rtpmap without number, name or rate")
    stream.mapped[payload] = OTHER
    if _whole(_upto(&line, b"/"), 65535) != 8000:
        return 0
    if _is_named(name, b"pcmu", 4):
        stream.mapped[payload] = PCMU
    elif _is_named(name, b"pcma", 4):
        stream.mapped[payload] = PCMA
    elif _is_named(name, b"telephone-event", 15):
        stream.mapped[payload] = EVENT
    return 0


cdef int _attribute(Description whole, Stream stream, Text line) except -1:
    cdef str direction = _direction(&line)
    cdef int ptime
    if direction is not None:
        if stream is None:
            whole.direction = direction
        else:
            stream.direction = direction
    elif stream is not None and take_word(&line, b"rtpmap:", 7):
        _map(stream, line)
    elif stream is not None and take_word(&line, b"ptime:", 6):
        ptime = _whole(line, 999)
        if ptime >= 0 and line.end - line.at < 4:
            stream.ptime = ptime
    return 0


cdef Stream _read_line(Description whole, Stream stream, Text line):
    """Take one line; the stream that the next ones belong to."""
    cdef Text word
    cdef unsigned char letter = peek(&line)
    if line.end - line.at < 2 or line.data[line.at + 1] != b"=":
        if _next_word(&line, &word):
            raise ValueError("a line that is not letter=value")
        return stream
    line.at += 2
    if letter == b"a":
        _attribute(whole, stream, line)
    elif letter == b"c":
        if stream is None:
            whole.host = _connection(line)
        else:
            stream.host = _connection(line)
    elif letter == b"m":
        if stream is not None:
            stream.finish()
        stream = _stream(line)
        whole.streams.append(stream)
    return stream


def parse(bytes body not None):
    """Read a description; ValueError with a reason for whatever is no SDP or past the limits."""
    cdef Description whole = Description.__new__(Description)
    cdef Stream stream = None
    cdef Text rest, line
    cdef int lines = 1
    if len(body) > BODY_MAX:
        raise ValueError("description too long")
    rest.data, rest.at, rest.end = <const unsigned char*>body, 0, len(body)
    line = _line(&rest)
    if not take_word(&line, b"v=0", 3) or not is_at_end(&line):
        raise ValueError("not a description of version 0")
    while not is_at_end(&rest):
        lines += 1
        stream = _read_line(whole, stream, _line(&rest))
    if lines >= LINES_MAX or not 0 < len(whole.streams) <= STREAMS_MAX:
        raise ValueError(f"{lines} lines, {len(whole.streams)} streams")
    stream.finish()
    return whole


cdef Text _line(Text* rest) noexcept:
    """The next line without its line feed, or carriage return and line feed."""
    cdef Text line = rest[0]
    cdef const unsigned char* feed = <const unsigned char*>memchr(
        rest.data + rest.at, 10, rest.end - rest.at)
    if feed == NULL:
        rest.at = rest.end
        return line
    line.end = feed - rest.data
    rest.at = line.end + 1
    if line.end > line.at and rest.data[line.end - 1] == 13:
        line.end -= 1
    return line
