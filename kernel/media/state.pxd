"""What the media thread keeps in memory, and the few things each part of it does with that."""

from kernel.linux cimport CLOCK_MONOTONIC, clock_gettime, pthread_t, timespec
from kernel.media.tape_state cimport Tape
from kernel.ring cimport Ring, place_to_put, put, room, show
from kernel.media.rtcp cimport NAME_LENGTH, Remote
from kernel.media.rtp cimport Source, Stream
from libc.stdint cimport int16_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    ADDRESS_MAX = 28            # octets of a sockaddr_in6
    SOUNDS_MAX = 1024
    SAID_MAX = 64               # sounds of one `say`
    DIGITS_MAX = 32             # that wait to be sent to one leg
    RING_SIZE = 8192
    CANDIDATES_MAX = 5          # senders elsewhere that one leg keeps apart
    REPORTS_KEPT = 64           # room in the ring of reports that only commands may use
    STEP_MS = 5                 # played sound leaves at these steps
    NOBODY = -1

cdef enum Direction:
    INACTIVE, SENDONLY, RECVONLY, SENDRECV      # bit 0: we send, bit 1: we take

cdef enum State:
    IDLE, LISTENING, CONNECTED      # nowhere yet; to whom is checked here; that by the system

cdef enum Rule:
    NEVER, AUTO, ALWAYS             # who may teach a leg where its far end is

cdef enum Order:
    TO_CONNECT, TO_BRIDGE, TO_PLAY, TO_SILENCE, TO_CLOSE, TO_LOAD, TO_WATCH, TO_SAY, TO_DIAL
    TO_WATCH_ONE_WAY, TO_RECORD, TO_PAUSE_TAPE, TO_END_TAPE

cdef enum ReportKind:
    BRIDGED = 1, SILENT, CLOSED, RECEIVING, PLAYED, DIGIT, ONE_WAY, KEY_PASSED
    UNANSWERED, LEARNT, ELSEWHERE

cdef struct Address:
    uint8_t octets[ADDRESS_MAX]     # a sockaddr
    unsigned length                 # 0: none

cdef struct Sound:
    int length                  # samples, an octet each
    bint is_loop
    uint8_t* pcmu
    uint8_t* pcma               # behind pcmu, in the same block

cdef struct Command:
    Order order
    int slot
    int64_t value               # the other slot, a sound, a play, milliseconds
    Address peer
    Address signaller
    Rule rule
    bint is_natted
    int payload
    int event_payload
    int ptime
    int direction
    Sound* sound
    Tape* tape
    int count
    int16_t items[SAID_MAX]     # sounds to say; events to send, one for each digit

cdef struct Report:
    ReportKind kind
    int slot
    int64_t leg
    int64_t value

cdef struct Script:             # what is played to a leg
    bint is_on
    int64_t play                # told at its end; NOBODY: told is the one sound, which may loop
    int count
    int at                      # the sound now heard
    int heard_of                # samples of it already sent
    int16_t sounds[SAID_MAX]

cdef struct Keys:               # the event a far end sent last, one for each key press
    bint is_known
    bint is_ended
    uint8_t event
    uint16_t length             # the longest it was said to be, timestamp units
    uint32_t time
    uint32_t ssrc
    int burst                   # reported since the last check
    uint64_t packets

cdef struct Tones:              # digits we send
    int count
    int left                    # packets the present tone still needs; 0: none is sounding
    int64_t next_step           # the next digit not before this step
    uint8_t events[DIGITS_MAX]  # the first is the one sounding, or next to

cdef struct Watch:              # for sound that goes one way only
    bint is_told                # since it was bridged
    int64_t heard               # sound packets of the leg when the watch began
    int64_t other_heard         # and of the leg it is bridged with

cdef struct Candidate:          # a sender that is not where the far end promised to be
    Address address
    int64_t packets             # of RTP, since the negotiation
    int64_t last_us
    int64_t first_us            # of those that follow one another
    int run                     # how many they are
    uint32_t ssrc
    uint32_t time
    uint16_t number

cdef struct Ear:                # whom a leg listens to: see kernel.media.ear
    Address promise             # where the description says the far end is
    Address signaller           # who signals for it; the host counts
    Rule rule
    bint may_learn              # in this negotiation
    bint is_learnt              # `peer` is none that was promised, but the candidate below
    int learnt
    bint is_told                # that somebody is elsewhere, in this negotiation
    Candidate[CANDIDATES_MAX] candidates

cdef struct Leg:
    int64_t number              # the leg's number outside
    int rtp                     # 0: no sockets, and nobody's slot
    int rtcp
    int port                    # that rtp is bound to
    bint is_watched             # its sockets are, from the first connect on
    State state
    int direction
    int payload
    int event_payload           # NOBODY: none
    int event_payload_told      # as last given at the door, where alone it is used
    int ptime
    int other                   # slot of the leg it is bridged with
    int turn                    # its place in `turns` while it plays or sends digits
    int place                   # its place in `live`
    int burst                   # packets since the last check
    bint is_silent              # and has been reported so
    int64_t asked_us            # when it was reported UNANSWERED last
    int64_t since_us            # bridged or connected anew
    int64_t last_in_us
    int64_t alive_us            # the last sign of life: any RTP or RTCP of the far end
    int64_t report_us           # when the next RTCP report is due
    bint has_reported           # there has been one
    int64_t dropped
    int64_t unsent
    Source source
    Stream stream
    Remote remote
    Script script
    Keys keys
    Tones tones
    Watch watch
    Tape* tape                  # what it says goes there too, on this side
    int side
    Ear ear
    Address peer                # where sound goes, and whose is taken

cdef struct Turn:
    int slot
    int64_t step                # the leg's next packet leaves at this step

cdef struct Engine:
    int legs_max
    Leg* legs
    Sound** sounds
    Ring commands
    Command* orders
    Ring reports
    Report* news
    int epoll
    int timer
    int tape_bell               # rung when a recording ends
    Address nowhere             # where kept sockets are connected to
    pthread_t thread
    unsigned is_running         # by ring_load and ring_store
    bint is_gathering           # reports that nobody waits for ring no bell
    int* live                   # slots the thread watches
    int live_count
    Turn* turns                 # legs that play or send digits
    int turn_count
    int64_t now_us
    int64_t check_us            # when the legs are looked over next
    int64_t silence_us
    int64_t one_way_us
    unsigned chance
    char name[NAME_LENGTH]
    uint8_t buffer[2048]

cdef inline int64_t read_clock() noexcept nogil:
    """Monotonic microseconds."""
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000_000 + now.tv_nsec // 1000

cdef inline bint may_send(const Leg* leg) noexcept nogil:
    return leg.direction & SENDONLY and leg.state != IDLE and leg.peer.length

cdef inline int64_t sound_packets(const Leg* leg) noexcept nogil:
    """How many packets of sound came from its far end; events are none."""
    return <int64_t>(leg.source.packets - leg.keys.packets)

cdef inline bint _is_answer(ReportKind kind) noexcept nogil:
    """Whether it tells that a command was carried out."""
    return kind == BRIDGED or kind == CLOSED

cdef inline bint _is_urgent(ReportKind kind) noexcept nogil:
    """Whether a call may wait for it."""
    return kind != RECEIVING and kind != ONE_WAY and not _is_answer(kind)

cdef inline void report(Engine* engine, ReportKind kind, int slot, int64_t value) noexcept nogil:
    """Without room only commands' reports get through: room is kept for those."""
    cdef Report* place
    if room(&engine.reports) == 0 or (
            not _is_answer(kind) and room(&engine.reports) < REPORTS_KEPT):
        return
    place = &engine.news[place_to_put(&engine.reports)]
    place.kind = kind
    place.slot = slot
    place.leg = engine.legs[slot].number
    place.value = value
    if engine.is_gathering and not _is_urgent(kind) and room(&engine.reports) > RING_SIZE // 2:
        show(&engine.reports)
    else:
        put(&engine.reports)
