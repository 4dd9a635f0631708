# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False
"""Session descriptions (RFC 4566), read in one pass: what decides about an audio stream.

    m=audio 4000 RTP/AVP 8 0 101        Stream: kind, port, proto, formats
    c=IN IP4 192.0.2.7                  its host, else the description's
    a=rtpmap:101 telephone-event/8000   its codecs of ours, its event number

A description is a stranger's: whatever is past the limits or no SDP is refused with ValueError. But
one untidy line does not spoil the rest: what an attribute says that cannot be read is not said (RFC
4566, 5.13), and what is wrong with a stream that is not for us is of no matter.
"""

from kernel.sip.text cimport Text, is_at_end, lower, number, peek, take, take_word
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

UNREADABLE = "?"  # stands for an address that cannot be read; no end has it


cdef class Stream:
    """One `m=` line with its attributes. `codecs` are those of ours that it knows by their static
    number, `event` is the number of telephone events (-1: none), `others` are the numbers without
    a meaning of their own that stand for something else; `ptime` is 0 where none is said; `host`
    and `direction` are "" where the description's count."""

    cdef readonly str kind, proto, formats, host, direction
    cdef readonly int port, ptime, event
    cdef readonly tuple codecs, others
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
        self.others = tuple([self.numbers[n] for n in range(self.count)
                             if self.numbers[n] >= EVENT_MIN and self.numbers[n] != self.event])
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

    cdef int check_addresses(self) except -1:
        """Refuse an address that cannot be read, if no audio stream has another."""
        cdef Stream stream
        cdef bint is_unreadable = False
        for stream in self.streams:
            if stream.kind == "audio" and stream.port:
                if (stream.host or self.host) != UNREADABLE:
                    return 0
                is_unreadable = True
        if is_unreadable:
            raise ValueError("no address that can be read")
        return 0


cdef str _rest(Text* text):
    return text.data[text.at:text.end].decode("utf-8", "replace")


cdef inline bint _is_blank(unsigned char c) noexcept:
    return c == 32 or 9 <= c <= 13


cdef void _strip(Text* text) noexcept:
    """Leave out the blanks at both ends."""
    while not is_at_end(text) and _is_blank(peek(text)):
        text.at += 1
    while text.at < text.end and _is_blank(text.data[text.end - 1]):
        text.end -= 1


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
    """An m= line. A port that cannot be read, or no formats, matter for sound only: any other
    stream is refused anyway, for which its kind and profile are enough."""
    cdef Stream stream = Stream.__new__(Stream)
    cdef Text word
    cdef bint is_audio
    if not _next_word(&line, &word):
        raise ValueError("a stream without kind")
    stream.kind = _rest(&word)
    is_audio = stream.kind == "audio"
    if not _next_word(&line, &word):
        raise ValueError("a stream without port")
    stream.port = _whole(_upto(&word, b"/"), 65535)
    if not _next_word(&line, &word) or (is_audio and stream.port < 0):
        raise ValueError("a stream without port or profile")
    stream.port = max(stream.port, 0)
    stream.proto = _rest(&word)
    _read_formats(stream, line)
    if is_audio and stream.port and not stream.formats:
        raise ValueError("a stream without formats")
    stream.host = stream.direction = ""
    stream.event = -1
    memset(stream.mapped, UNMAPPED, PAYLOADS)
    return stream


cdef int _read_formats(Stream stream, Text line) except -1:
    cdef Text word
    cdef list words = []
    cdef int payload
    while _next_word(&line, &word):
        if len(words) == FORMATS_MAX:
            raise ValueError("too many formats")
        words.append(_rest(&word))
        payload = _whole(word, PAYLOADS - 1)
        if payload >= 0 and word.end - word.at < 4:
            stream.numbers[stream.count] = payload
            stream.count += 1
    stream.formats = " ".join(words)
    return 0


cdef str _connection(Text line):
    """The address of a c= line, `UNREADABLE` where there is none, or two."""
    cdef Text word, host, rest
    if not (_next_word(&line, &word) and word.end - word.at == 2 and take_word(&word, b"IN", 2)):
        return UNREADABLE
    if not _next_word(&line, &word) or word.end - word.at != 3 \
            or not take_word(&word, b"IP", 2) or not (take(&word, b"4") or take(&word, b"6")):
        return UNREADABLE
    if not _next_word(&line, &host) or _next_word(&line, &rest):
        return UNREADABLE
    host = _upto(&host, b"/")
    return _rest(&host) or UNREADABLE


cdef str _direction(Text line):
    """The direction that an attribute is, or None."""
    if _is_named(line, b"sendrecv", 8):
        return "sendrecv"
    if _is_named(line, b"sendonly", 8):
        return "sendonly"
    if _is_named(line, b"recvonly", 8):
        return "recvonly"
    if _is_named(line, b"inactive", 8):
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


cdef int _map(Stream stream, Text line) noexcept:
    """`101 telephone-event/8000` of an a=rtpmap; one without number or name says nothing. A number
    that two of them give to different codecs stands for none that we know."""
    cdef Text word, name
    cdef int payload, mapped = OTHER
    if not _next_word(&line, &word):
        return 0
    payload = _whole(word, PAYLOADS - 1)
    _strip(&line)
    name = _upto(&line, b"/")
    _strip(&name)
    if payload < 0 or is_at_end(&name):
        return 0
    if _is_narrow(line):
        if _is_named(name, b"pcmu", 4):
            mapped = PCMU
        elif _is_named(name, b"pcma", 4):
            mapped = PCMA
        elif _is_named(name, b"telephone-event", 15):
            mapped = EVENT
    if stream.mapped[payload] not in (UNMAPPED, mapped):
        mapped = OTHER
    stream.mapped[payload] = mapped
    return 0


cdef bint _is_narrow(Text line) noexcept:
    """Whether the rest of an a=rtpmap is `8000` or `8000/1`; our codecs have no other, so that it
    is meant where nothing is said."""
    cdef Text rate = _upto(&line, b"/")
    _strip(&rate)
    _strip(&line)
    return (is_at_end(&rate) or _whole(rate, 65535) == 8000) \
        and (is_at_end(&line) or _whole(line, 9) == 1)


cdef int _attribute(Description whole, Stream stream, Text line) except -1:
    cdef str direction
    cdef int ptime
    _strip(&line)
    direction = _direction(line)
    if direction is not None:
        if stream is None:
            whole.direction = direction
        else:
            stream.direction = direction
    elif stream is not None and take_word(&line, b"rtpmap:", 7):
        _map(stream, line)
    elif stream is not None and take_word(&line, b"ptime:", 6):
        _strip(&line)
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
    while rest.end and rest.data[rest.end - 1] == 0:  # some senders count the end of their string
        rest.end -= 1
    line = _line(&rest)
    while is_at_end(&line) and not is_at_end(&rest):
        lines += 1
        line = _line(&rest)
    if not take_word(&line, b"v=0", 3) or not is_at_end(&line):
        raise ValueError("not a description of version 0")
    while not is_at_end(&rest):
        lines += 1
        stream = _read_line(whole, stream, _line(&rest))
    if lines >= LINES_MAX or not 0 < len(whole.streams) <= STREAMS_MAX:
        raise ValueError(f"{lines} lines, {len(whole.streams)} streams")
    stream.finish()
    whole.check_addresses()
    return whole


cdef Text _line(Text* rest) noexcept:
    """The next line without its end and the blanks before that. Lines end with carriage return
    and line feed, or with one of them (RFC 4566, 5)."""
    cdef Text line = rest[0]
    cdef const unsigned char* end = <const unsigned char*>memchr(
        rest.data + rest.at, 10, rest.end - rest.at)
    if end != NULL:
        line.end = end - rest.data
    rest.at = line.end + (end != NULL)
    end = <const unsigned char*>memchr(line.data + line.at, 13, line.end - line.at)
    if end != NULL:
        if end - line.data != line.end - 1:
            rest.at = end - line.data + 1
        line.end = end - line.data
    while line.end > line.at and _is_blank(line.data[line.end - 1]):
        line.end -= 1
    return line
