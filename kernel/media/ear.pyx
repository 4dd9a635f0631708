# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Whose sound a leg takes while the address that its description promised has sent nothing.

    from the promised address     taken; the sockets are connected to it, and nothing is learnt
    from another that may teach   5 consistent packets within 0.5 s: learnt, once per negotiation
    from anywhere else            dropped and counted; so many are told

Who may teach: AUTO the promised host at another port, or the host that signals for it at any port
(NAT, RFC 4961); ALWAYS anyone; NEVER no one. A learnt address gives way as soon as the promised
one sends, so whoever took the place of a silent phone has it until that speaks, and no longer.
"""

from kernel.media.state cimport (ALWAYS, AUTO, CANDIDATES_MAX, ELSEWHERE, LISTENING, NEVER, Address,
                                 Candidate, Engine, Leg, report)
from kernel.media.rtp cimport Packet
from libc.stdint cimport int32_t, int64_t, uint16_t
from libc.string cimport memcmp, memset

cdef enum:
    LEARN_PACKETS = 5
    LEARN_US = 500_000          # for all of them; who is quiet for as long gives up its place
    GAP_MAX = 3                 # packets lost between two that follow each other
    TELL_PACKETS = 50           # from elsewhere: a second of sound that nobody hears


cdef bint same_host(const Address* one, const Address* other) noexcept nogil:
    """IPv4: 4 octets from the fourth; IPv6: 16 from the eighth, behind the flow label."""
    cdef int offset = 4 if one.length == 16 else 8
    return one.length == other.length and not memcmp(
        one.octets + offset, other.octets + offset, 4 if one.length == 16 else 16)


cdef bint same_place(const Address* one, const Address* other) noexcept nogil:
    """Host and port."""
    return (one.octets[2] == other.octets[2] and one.octets[3] == other.octets[3]
            and same_host(one, other))


cdef void forget_candidates(Leg* leg) noexcept nogil:
    """A negotiation has begun: whoever is elsewhere is counted anew, and one may be learnt. Who
    was learnt before stays until then."""
    cdef int64_t packets = elsewhere(leg).packets
    memset(leg.ear.candidates, 0, sizeof(leg.ear.candidates))
    if leg.ear.is_learnt:
        leg.ear.learnt = CANDIDATES_MAX - 1
        leg.ear.candidates[leg.ear.learnt].address = leg.peer
        leg.ear.candidates[leg.ear.learnt].packets = packets
    leg.ear.may_learn = leg.ear.rule != NEVER
    leg.ear.is_told = False


cdef const Candidate* elsewhere(const Leg* leg) noexcept nogil:
    """Who is learnt, or else who sent most without being heard; packets are 0 where nobody did."""
    cdef int i
    cdef const Candidate* most = &leg.ear.candidates[0]
    if leg.ear.is_learnt:
        return &leg.ear.candidates[leg.ear.learnt]
    for i in range(1, CANDIDATES_MAX):
        if leg.ear.candidates[i].packets > most.packets:
            most = &leg.ear.candidates[i]
    return most


cdef bint _may_teach(const Leg* leg, const Address* sender) noexcept nogil:
    if leg.ear.rule == ALWAYS:
        return True
    return leg.ear.rule == AUTO and (
        same_host(sender, &leg.ear.promise) or same_host(sender, &leg.ear.signaller))


cdef Candidate* _place_for(Engine* engine, Leg* leg, const Address* sender) noexcept nogil:
    """The sender's place. The first is for all who may not teach, so that they push out nobody
    who may; without a free one, that of who has been quiet; NULL where all are busy."""
    cdef bint may_teach = _may_teach(leg, sender)
    cdef int i
    cdef Candidate* found = NULL
    cdef Candidate* at
    for i in range(1 if may_teach else 0, CANDIDATES_MAX if may_teach else 1):
        at = &leg.ear.candidates[i]
        if at.packets and same_place(&at.address, sender):
            return at
        if leg.ear.is_learnt and i == leg.ear.learnt:
            continue
        if found == NULL or at.last_us < found.last_us:
            found = at
    if found == NULL or (found.packets and engine.now_us - found.last_us < LEARN_US):
        return NULL
    memset(found, 0, sizeof(Candidate))
    found.address = sender[0]
    return found


cdef void _follow(Engine* engine, Candidate* at, const Packet* packet) noexcept nogil:
    """Count the packets that follow one another: one line of numbers, and time that goes on."""
    cdef int ahead = <uint16_t>(packet.number - at.number)
    cdef bint goes_on = (
        at.run > 0 and packet.ssrc == at.ssrc and 0 < ahead <= GAP_MAX + 1
        and <int32_t>(packet.time - at.time) > 0 and engine.now_us - at.first_us <= LEARN_US)
    if not goes_on:
        at.run = 0
        at.first_us = engine.now_us
    at.run += 1
    at.ssrc = packet.ssrc
    at.number = packet.number
    at.time = packet.time


cdef bint is_learnt_from(Engine* engine, Leg* leg, const Address* sender,
                         const Packet* packet) noexcept nogil:
    """Count a well-formed packet from elsewhere; whether its sender is learnt by it."""
    cdef Candidate* at = _place_for(engine, leg, sender)
    if at == NULL:
        return False
    at.packets += 1
    at.last_us = engine.now_us
    if not leg.ear.may_learn or packet.kind != leg.payload or not _may_teach(leg, sender):
        return False
    _follow(engine, at, packet)
    if at.run < LEARN_PACKETS:
        return False
    leg.ear.may_learn = False
    leg.ear.is_learnt = leg.ear.is_told = True
    leg.ear.learnt = <int>(at - leg.ear.candidates)
    return True


cdef void tell_elsewhere(Engine* engine, int slot) noexcept nogil:
    """Say once that sound comes from where it is not taken, and none from where it would be."""
    cdef Leg* leg = &engine.legs[slot]
    cdef int64_t packets = elsewhere(leg).packets
    if leg.state != LISTENING or leg.ear.is_told or packets < TELL_PACKETS:
        return
    leg.ear.is_told = True
    report(engine, ELSEWHERE, slot, packets)
