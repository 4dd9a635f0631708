# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What passes between a leg's sockets: packets in and on, RTCP, and who the far end is.

    leg A --recv--> check, count, rewrite --send--> leg B     as packets come, no jitter buffer

Sockets are connected, so one packet costs one recv and one send, and the system refuses foreign
senders. Only what came before a connect, or while a port is learnt, is looked at for its sender.
"""

from kernel cimport g711, linux, recorder_tape, rtcp, rtp
from kernel.linux cimport sockaddr, socklen_t
from kernel.media_keys cimport EVENT_LAST, EVENT_LENGTH, hear_event
from kernel.media_state cimport (ADDRESS_MAX, CONNECTED, IDLE, LATCHING, NOBODY, RECEIVING,
                                 RECVONLY, Address, Command, Engine, Leg, may_send, report)
from libc.errno cimport ECONNREFUSED, errno
from libc.stdint cimport uint8_t
from libc.string cimport memcmp, memset

cdef enum:
    BURST_MAX = 500             # packets a leg may bring between two checks: 2,000 a second
    QUEUE_MAX = 256             # datagrams looked at when a socket gets its far end
    REFUSALS_MAX = 4            # queued ICMP errors passed over for one packet


cdef bint send(Leg* leg, const uint8_t* data, int length) noexcept nogil:
    """A refusal (ICMP) of an earlier packet is reported by the system instead of sending: again."""
    cdef int i
    cdef ssize_t sent
    for i in range(REFUSALS_MAX):
        if leg.state == CONNECTED:
            sent = linux.send(leg.rtp, data, length, linux.MSG_NOSIGNAL)
        elif leg.state == LATCHING and leg.peer.length:
            sent = linux.sendto(leg.rtp, data, length, linux.MSG_NOSIGNAL,
                                <sockaddr*>leg.peer.octets, leg.peer.length)
        else:
            return False
        if sent == length:
            leg.stream.packets += 1
            leg.stream.octets += length - rtp.HEADER
            return True
        if errno != ECONNREFUSED:
            break
    leg.unsent += 1
    return False


cdef inline bint _is_sound(int kind) noexcept nogil:
    return kind == rtp.PCMU or kind == rtp.PCMA


cdef inline bint _is_event(const Leg* leg, const rtp.Packet* packet) noexcept nogil:
    return (packet.kind == leg.event_payload and packet.length >= EVENT_LENGTH
            and packet.payload[0] <= EVENT_LAST)


cdef void _relay(Engine* engine, Leg* leg, Leg* other, rtp.Packet* packet) noexcept nogil:
    """Pass a checked packet of `leg` on to `other`, in the codec and numbering it understands."""
    cdef int kind = other.payload
    if other.tones.left or not may_send(other):
        return
    if not _is_sound(packet.kind):
        kind = other.event_payload
        if kind == NOBODY:
            return
    elif packet.kind != kind:
        g711.transcode(packet.payload, packet.length, kind == rtp.PCMA)
    cdef int length = packet.length + rtp.HEADER
    send(other, rtp.relay(&other.stream, packet, kind, engine.now_us), length)


cdef void _record(Engine* engine, Leg* leg, const rtp.Packet* packet) noexcept nogil:
    """Only what is said in a bridge is recorded: what a leg on hold or in a menu says is not."""
    if leg.other != NOBODY and leg.direction & RECVONLY and not leg.tape.is_paused:
        recorder_tape.hear(leg.tape, leg.side, packet, engine.now_us)


cdef bint _accept(Engine* engine, int slot, rtp.Packet* packet) noexcept nogil:
    """Count a well-formed packet and pass it on; False if it is none of the leg's."""
    cdef Leg* leg = &engine.legs[slot]
    cdef bint is_sound = _is_sound(packet.kind)
    cdef bint is_first = leg.source.packets == 0
    leg.burst += 1
    if leg.burst > BURST_MAX or not (is_sound or _is_event(leg, packet)):
        return False
    cdef rtp.Verdict verdict = rtp.arrive(&leg.source, packet, engine.now_us, is_sound)
    if verdict == rtp.REFUSED:
        return False
    leg.last_in_us = engine.now_us
    leg.is_silent = False
    if is_first:
        report(engine, RECEIVING, slot, packet.kind)
    if not is_sound:
        hear_event(engine, slot, packet)
    if leg.tape != NULL:
        if verdict == rtp.RESTARTED:
            recorder_tape.let_go(leg.tape, leg.side)
        if is_sound:
            _record(engine, leg, packet)
    if leg.other != NOBODY:
        if verdict == rtp.RESTARTED:
            engine.legs[leg.other].stream.is_fresh = True
        if leg.direction & RECVONLY:
            _relay(engine, leg, &engine.legs[leg.other], packet)
    return True


cdef inline bint _same_host(const Address* one, const Address* other) noexcept nogil:
    """IPv4: 4 octets from the fourth; IPv6: 16 from the eighth, behind the flow label."""
    cdef int offset = 4 if one.length == 16 else 8
    return one.length == other.length and not memcmp(
        one.octets + offset, other.octets + offset, 4 if one.length == 16 else 16)


cdef inline bint _same_port(const Address* one, const Address* other) noexcept nogil:
    return one.octets[2] == other.octets[2] and one.octets[3] == other.octets[3]


cdef void _receive_from(Engine* engine, int slot, Address* sender,
                        Py_ssize_t length) noexcept nogil:
    """A packet that the system did not check for its sender."""
    cdef Leg* leg = &engine.legs[slot]
    cdef rtp.Packet packet
    cdef bint is_theirs
    if leg.state == LATCHING:
        is_theirs = _same_host(sender, &leg.latch)
    else:
        is_theirs = _same_host(sender, &leg.peer) and _same_port(sender, &leg.peer)
    is_theirs = is_theirs and rtp.parse(engine.buffer, length, &packet)
    if not (is_theirs and _accept(engine, slot, &packet)):
        leg.dropped += 1
    elif leg.state == LATCHING:
        leg.peer = sender[0]
        _join_peer(engine, slot)


cdef bint _receive_one(Engine* engine, int slot) noexcept nogil:
    """Take one datagram without knowing its sender; False when there is none."""
    cdef Leg* leg = &engine.legs[slot]
    cdef Address sender
    cdef socklen_t size = ADDRESS_MAX
    memset(&sender, 0, sizeof(Address))
    cdef Py_ssize_t length = linux.recvfrom(leg.rtp, engine.buffer, sizeof(engine.buffer),
                                            linux.MSG_TRUNC, <sockaddr*>sender.octets, &size)
    if length < 0:
        return errno == ECONNREFUSED
    sender.length = size
    _receive_from(engine, slot, &sender, length)
    return True


cdef void receive(Engine* engine, int slot) noexcept nogil:
    cdef Leg* leg = &engine.legs[slot]
    cdef rtp.Packet packet
    cdef Py_ssize_t length
    if leg.state != CONNECTED:
        _receive_one(engine, slot)
        return
    length = linux.recv(leg.rtp, engine.buffer, sizeof(engine.buffer), linux.MSG_TRUNC)
    if length < 0:              # an earlier packet of ours was refused (ICMP): that is nothing
        return
    if not (rtp.parse(engine.buffer, length, &packet) and _accept(engine, slot, &packet)):
        leg.dropped += 1


cdef void receive_report(Engine* engine, Leg* leg) noexcept nogil:
    cdef Py_ssize_t length = linux.recv(leg.rtcp, engine.buffer, sizeof(engine.buffer),
                                        linux.MSG_TRUNC)
    if length < 0:
        return
    if leg.state != CONNECTED or length > rtp.DATAGRAM_MAX or not rtcp.learn(
            &leg.remote, engine.buffer, length, leg.stream.ssrc, engine.now_us):
        leg.dropped += 1


cdef void send_report(Engine* engine, Leg* leg, bint is_last) noexcept nogil:
    """RTCP goes over its own connected socket; where that failed, it goes nowhere."""
    cdef uint8_t[rtcp.REPORT_MAX] data
    cdef int length = rtcp.compose(data, &leg.stream, &leg.source, &leg.remote, engine.name,
                                   engine.now_us, is_last)
    if leg.state == CONNECTED:
        linux.send(leg.rtcp, data, length, linux.MSG_NOSIGNAL)


cdef void _settle(Engine* engine, int slot) noexcept nogil:
    """What waited in the sockets when they were connected may be anyone's: look who sent it."""
    cdef int limit = QUEUE_MAX
    while limit and _receive_one(engine, slot):
        limit -= 1
    limit = QUEUE_MAX
    cdef int reports = engine.legs[slot].rtcp
    while limit and linux.recv(reports, engine.buffer, sizeof(engine.buffer), 0) >= 0:
        limit -= 1


cdef void _join_peer(Engine* engine, int slot) noexcept nogil:
    """Connect both sockets; the far end's RTCP port is the next one, as ours is."""
    cdef Leg* leg = &engine.legs[slot]
    cdef Address peer = leg.peer
    cdef int port = ((peer.octets[2] << 8) | peer.octets[3]) + 1
    leg.state = IDLE
    if linux.connect(leg.rtp, <sockaddr*>peer.octets, peer.length):
        return
    leg.state = CONNECTED
    peer.octets[2] = <uint8_t>(port >> 8)
    peer.octets[3] = <uint8_t>port
    if port <= 65535:
        linux.connect(leg.rtcp, <sockaddr*>peer.octets, peer.length)
    _settle(engine, slot)


cdef void _leave_peer(Leg* leg) noexcept nogil:
    """Let anyone in again, to learn from whom; sound still goes to the last one known."""
    cdef sockaddr nowhere
    memset(&nowhere, 0, sizeof(sockaddr))
    nowhere.sa_family = linux.AF_UNSPEC
    if leg.state == CONNECTED:
        linux.connect(leg.rtp, &nowhere, sizeof(sockaddr))
    leg.state = LATCHING


cdef void change_peer(Engine* engine, int slot, const Command* command) noexcept nogil:
    """Point the leg's sockets at its far end, unless it is where it was, or on hold at 0.0.0.0."""
    cdef Leg* leg = &engine.legs[slot]
    cdef bint is_same = leg.state == CONNECTED and not memcmp(
        &leg.peer, &command.peer, sizeof(Address))
    if not command.latch.length and (is_same or not command.peer.length):
        return
    rtp.forget_line(&leg.source)
    if command.latch.length:
        leg.latch = command.latch
        _leave_peer(leg)
        return
    leg.peer = command.peer
    _join_peer(engine, slot)
