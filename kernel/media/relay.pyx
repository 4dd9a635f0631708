# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What passes between a leg's sockets: packets in and on, RTCP, and who the far end is.

    leg A --recv--> check, count, rewrite --send--> leg B     as packets come, no jitter buffer

Once the far end has sent from where it said, the sockets are connected: one packet costs one recv
and one send, and the system refuses foreign senders. Until then each packet is looked at for its
sender (`kernel.media.ear`) before it is anything else.
"""

from kernel.media cimport g711, tape as recorder_tape, rtcp, rtp
from kernel cimport linux
from kernel.linux cimport sockaddr, socklen_t
from kernel.media.ear cimport forget_candidates, is_learnt_from, same_place
from kernel.media.keys cimport EVENT_LAST, EVENT_LENGTH, hear_event
from kernel.media.state cimport (ADDRESS_MAX, CONNECTED, IDLE, LEARNT, LISTENING, NEVER, NOBODY,
                                 RECEIVING, RECVONLY, Address, Command, Engine, Leg, may_send,
                                 report)
from libc.errno cimport ECONNREFUSED, errno
from libc.stdint cimport uint8_t, uint64_t
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
        elif leg.state == LISTENING and leg.peer.length:
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


cdef inline void _is_alive(Engine* engine, Leg* leg) noexcept nogil:
    leg.alive_us = engine.now_us
    leg.is_silent = False
    leg.asked_us = 0


cdef bint _accept(Engine* engine, int slot, rtp.Packet* packet) noexcept nogil:
    """Count a well-formed packet of the far end and pass it on; False if nothing can be heard of
    it. Comfort noise (RFC 3389) keeps its place among the numbers and is not passed on: silence
    is what the other end makes of that itself."""
    cdef Leg* leg = &engine.legs[slot]
    cdef bint is_sound = _is_sound(packet.kind)
    cdef bint is_event = not is_sound and _is_event(leg, packet)
    cdef bint is_first = leg.source.packets == 0
    leg.burst += 1
    if leg.burst > BURST_MAX:
        return False
    _is_alive(engine, leg)
    if not (is_sound or is_event or packet.kind == rtp.COMFORT):
        return False
    cdef rtp.Verdict verdict = rtp.arrive(&leg.source, packet, engine.now_us, is_sound)
    if verdict == rtp.REFUSED:
        return False
    leg.last_in_us = engine.now_us
    if is_first:
        report(engine, RECEIVING, slot, packet.kind)
    if is_event:
        hear_event(engine, slot, packet)
    if leg.tape != NULL:
        if verdict == rtp.RESTARTED:
            recorder_tape.let_go(leg.tape, leg.side)
        if is_sound:
            _record(engine, leg, packet)
    if leg.other != NOBODY:
        if verdict == rtp.RESTARTED or not (is_sound or is_event):
            engine.legs[leg.other].stream.is_fresh = True
        if leg.direction & RECVONLY and (is_sound or is_event):
            _relay(engine, leg, &engine.legs[leg.other], packet)
    return True


cdef void _receive_from(Engine* engine, int slot, const Address* sender,
                        Py_ssize_t length) noexcept nogil:
    """A packet that the system did not check for its sender."""
    cdef Leg* leg = &engine.legs[slot]
    cdef rtp.Packet packet
    cdef bint is_promise = leg.state == LISTENING and same_place(sender, &leg.ear.promise)
    if leg.state == IDLE or not rtp.parse(engine.buffer, length, &packet):
        leg.dropped += 1
        return
    if is_promise and leg.ear.is_learnt:
        rtp.forget_line(&leg.source)
    if not (is_promise or _is_heard(engine, slot, sender, &packet)) or not _accept(
            engine, slot, &packet):
        leg.dropped += 1
    if is_promise:              # also by a packet of which nothing is to be heard
        _join_peer(engine, slot)


cdef bint _is_heard(Engine* engine, int slot, const Address* sender,
                    const rtp.Packet* packet) noexcept nogil:
    """Whether the sender is the leg's, though none that was promised; it may be learnt by this."""
    cdef Leg* leg = &engine.legs[slot]
    if leg.state == CONNECTED:
        return same_place(sender, &leg.peer)
    if leg.ear.is_learnt and same_place(sender, &leg.peer):
        leg.ear.may_learn = False
        leg.ear.candidates[leg.ear.learnt].packets += 1
        return True
    if not is_learnt_from(engine, leg, sender, packet):
        return False
    leg.peer = sender[0]
    rtp.forget_line(&leg.source)
    report(engine, LEARNT, slot, leg.ear.candidates[leg.ear.learnt].packets)
    return True


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


cdef bint _reports_for(const Leg* leg, const Address* sender) noexcept nogil:
    """Whether RTCP of that sender is the leg's; a connected socket brings no other."""
    cdef Address own
    if leg.state == CONNECTED:
        return True
    own = _rtcp_of(&leg.ear.promise)
    if leg.state == LISTENING and same_place(sender, &own):
        return True
    own = _rtcp_of(&leg.peer)
    return leg.state == LISTENING and leg.ear.is_learnt and same_place(sender, &own)


cdef void receive_report(Engine* engine, Leg* leg) noexcept nogil:
    """RTCP tells that the far end lives, even where it sends no sound (RFC 3550, 6.2); its BYE
    tells the contrary, but ends nothing."""
    cdef Address sender
    cdef socklen_t size = ADDRESS_MAX
    cdef uint64_t farewells = leg.remote.farewells
    memset(&sender, 0, sizeof(Address))
    cdef Py_ssize_t length = linux.recvfrom(leg.rtcp, engine.buffer, sizeof(engine.buffer),
                                            linux.MSG_TRUNC, <sockaddr*>sender.octets, &size)
    if length < 0:
        return
    sender.length = size
    if length > rtp.DATAGRAM_MAX or not _reports_for(leg, &sender) or not rtcp.learn(
            &leg.remote, engine.buffer, length, leg.stream.ssrc, engine.now_us):
        leg.dropped += 1
    elif leg.remote.farewells == farewells:
        _is_alive(engine, leg)


cdef void send_report(Engine* engine, Leg* leg, bint is_last) noexcept nogil:
    """RTCP goes over its own socket; where connecting that failed, it goes nowhere. Who has sent
    nothing does not take its leave either (RFC 3550, 6.3.7), unless it has heard something."""
    cdef uint8_t[rtcp.REPORT_MAX] data
    if is_last and not (leg.stream.packets or leg.source.packets or leg.has_reported):
        return
    leg.has_reported = True
    cdef int length = rtcp.compose(data, &leg.stream, &leg.source, &leg.remote, engine.name,
                                   engine.now_us, is_last)
    cdef Address own
    if leg.state == CONNECTED:
        linux.send(leg.rtcp, data, length, linux.MSG_NOSIGNAL)
    elif leg.state == LISTENING and leg.peer.length:
        own = _rtcp_of(&leg.peer)
        linux.sendto(leg.rtcp, data, length, linux.MSG_NOSIGNAL, <sockaddr*>own.octets, own.length)


cdef void _settle(Engine* engine, int slot) noexcept nogil:
    """What waited in the sockets when they were connected may be anyone's: look who sent it."""
    cdef int limit = QUEUE_MAX
    while limit and _receive_one(engine, slot):
        limit -= 1
    limit = QUEUE_MAX
    cdef int reports = engine.legs[slot].rtcp
    while limit and linux.recv(reports, engine.buffer, sizeof(engine.buffer), 0) >= 0:
        limit -= 1


cdef inline Address _rtcp_of(const Address* peer) noexcept nogil:
    """The far end's RTCP port is the next one, as ours is; none behind the last port."""
    cdef Address own = peer[0]
    cdef int port = ((peer.octets[2] << 8) | peer.octets[3]) + 1
    own.octets[2] = <uint8_t>(port >> 8)
    own.octets[3] = <uint8_t>port
    if port > 65535:
        own.length = 0
    return own


cdef void _join_peer(Engine* engine, int slot) noexcept nogil:
    """The promised address has sent: connect both sockets to it, nobody else is heard again."""
    cdef Leg* leg = &engine.legs[slot]
    cdef Address own
    leg.peer = leg.ear.promise
    leg.ear.is_learnt = False
    if linux.connect(leg.rtp, <sockaddr*>leg.peer.octets, leg.peer.length):
        return
    leg.state = CONNECTED
    own = _rtcp_of(&leg.peer)
    if own.length:
        linux.connect(leg.rtcp, <sockaddr*>own.octets, own.length)
    _settle(engine, slot)


cdef void _let_in(Leg* leg) noexcept nogil:
    """Unconnect: who sends is looked at here again."""
    cdef sockaddr nowhere
    memset(&nowhere, 0, sizeof(sockaddr))
    nowhere.sa_family = linux.AF_UNSPEC
    if leg.state == CONNECTED:
        linux.connect(leg.rtp, &nowhere, sizeof(sockaddr))
        linux.connect(leg.rtcp, &nowhere, sizeof(sockaddr))
    leg.state = LISTENING


cdef void change_peer(Engine* engine, int slot, const Command* command) noexcept nogil:
    """A negotiation: the far end promises to be somewhere, perhaps where it was, or (on hold at
    0.0.0.0) nowhere. Behind NAT what it promises is no place to send to: that is where it was
    heard last, or will be."""
    cdef Leg* leg = &engine.legs[slot]
    cdef bint is_same = not memcmp(&leg.ear.promise, &command.peer, sizeof(Address))
    leg.ear.rule = command.rule
    leg.ear.signaller = command.signaller
    if not command.peer.length or (is_same and leg.state == CONNECTED):
        return
    rtp.forget_line(&leg.source)
    leg.ear.promise = command.peer
    _let_in(leg)
    if command.is_natted and command.rule != NEVER:
        leg.ear.is_learnt = leg.peer.length != 0
    elif not is_same or command.rule == NEVER:
        leg.peer = command.peer
        leg.ear.is_learnt = False
    forget_candidates(leg)
