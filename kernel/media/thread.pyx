# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The media thread: waits for packets, commands and steps of played sound; no Python in it.

A leg's `Leg` belongs to this thread from its first command to its report CLOSED. The loop takes
played sound first, since it has a deadline, then packets, and commands last.
"""

from kernel cimport linux
from kernel.media cimport rtcp, rtp
from kernel.linux cimport epoll_event, sched_param, sigset_t
from kernel.media.ear cimport tell_elsewhere
from kernel.media.kept cimport keep, watch_fd, watch_sockets
from kernel.media.keys cimport cut_tone, dial
from kernel.media.player cimport begin_script, begin_turns, end_script, end_turns, play
from kernel.media.relay cimport change_peer, receive, receive_report, send_report
from kernel.media.tap cimport end_tape, tap, untap
from kernel.media.state cimport (BRIDGED, CLOSED, IDLE, NOBODY, ONE_WAY, REPORTS_KEPT, RING_SIZE,
                                 SENDRECV, SILENT, SOUNDS_MAX, TO_BRIDGE, TO_CLOSE, TO_CONNECT,
                                 TO_DIAL, TO_END_TAPE, TO_LOAD, TO_PAUSE_TAPE, TO_PLAY, TO_RECORD,
                                 TO_SAY, TO_SILENCE, TO_WATCH, TO_WATCH_ONE_WAY, UNANSWERED,
                                 Command, Engine, Leg, Report, Sound, Turn, read_clock, report,
                                 sound_packets)
from kernel.ring cimport answer, here, place_to_take, ring_load, ring_store, room, take
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

cdef enum:
    BATCH = 256                 # events per wake-up
    WAKE = 0xFFFFFFFE           # epoll keys that are no leg's
    STEP = 0xFFFFFFFF
    CHECK_MS = 250
    REPORT_MS = 5000            # between RTCP reports, on average
    PRIORITY = 10
    ONE_WAY_MIN = 50            # packets from the other side that prove a one-way talk


# ---- commands --------------------------------------------------------------------------------


cdef void _plan_report(Engine* engine, Leg* leg, int interval_ms) noexcept nogil:
    """0.5 to 1.5 times the interval (RFC 3550, 6.3.1)."""
    cdef int wait_ms
    engine.chance = engine.chance * 1103515245 + 12345
    wait_ms = interval_ms // 2 + <int>((engine.chance >> 8) % <unsigned>interval_ms)
    leg.report_us = engine.now_us + <int64_t>wait_ms * 1000


cdef void _watch(Engine* engine, int slot) noexcept nogil:
    """From its first connect on a leg is looked at; the first report comes in half the time."""
    cdef Leg* leg = &engine.legs[slot]
    leg.place = engine.live_count
    engine.live[leg.place] = slot
    engine.live_count += 1
    if engine.live_count == 1:
        engine.check_us = engine.now_us + CHECK_MS * 1000
    watch_sockets(engine, slot)
    _plan_report(engine, leg, REPORT_MS // 2)


cdef void _leave_live(Engine* engine, Leg* leg) noexcept nogil:
    if leg.place == NOBODY:
        return
    engine.live_count -= 1
    engine.live[leg.place] = engine.live[engine.live_count]
    engine.legs[engine.live[leg.place]].place = leg.place
    leg.place = NOBODY


cdef void _undo(Engine* engine, int slot) noexcept nogil:
    """End what the leg sends and hears; its partner falls silent."""
    cdef Leg* leg = &engine.legs[slot]
    cdef Leg* other
    end_script(engine, leg)
    leg.stream.is_fresh = True
    if leg.other != NOBODY:
        other = &engine.legs[leg.other]
        other.other = leg.other = NOBODY
        other.stream.is_fresh = True


cdef void _begin_watch(Engine* engine, Leg* leg) noexcept nogil:
    """Bridged or connected anew: silence and one-way sound count from here."""
    leg.since_us = engine.now_us
    leg.is_silent = False
    leg.asked_us = 0
    leg.watch.heard = sound_packets(leg)
    if leg.other != NOBODY:
        leg.watch.other_heard = sound_packets(&engine.legs[leg.other])


cdef void _bridge(Engine* engine, int slot, int to) noexcept nogil:
    cdef Leg* leg = &engine.legs[slot]
    cdef Leg* other = &engine.legs[to]
    _undo(engine, slot)
    _undo(engine, to)
    leg.other = to
    other.other = slot
    leg.watch.is_told = other.watch.is_told = False
    _begin_watch(engine, leg)
    _begin_watch(engine, other)
    report(engine, BRIDGED, slot, other.number)


cdef void _start_sound(Engine* engine, int slot, int sound) noexcept nogil:
    _undo(engine, slot)
    engine.legs[slot].script.sounds[0] = sound
    engine.legs[slot].script.count = 1
    begin_script(engine, slot, NOBODY)


cdef void _start_saying(Engine* engine, const Command* command) noexcept nogil:
    cdef Leg* leg = &engine.legs[command.slot]
    _undo(engine, command.slot)
    memcpy(leg.script.sounds, command.items, sizeof(command.items))
    leg.script.count = command.count
    begin_script(engine, command.slot, command.value)


cdef void _dial(Engine* engine, const Command* command) noexcept nogil:
    """Digits wait for no sound and end none: it goes on behind them."""
    dial(&engine.legs[command.slot], command)
    begin_turns(engine, command.slot)


cdef void _connect(Engine* engine, int slot, const Command* command) noexcept nogil:
    cdef Leg* leg = &engine.legs[slot]
    if leg.direction != command.direction:
        rtp.forget_line(&leg.source)
        leg.stream.is_fresh = True
    if leg.place == NOBODY:
        _watch(engine, slot)
    leg.payload = command.payload
    leg.event_payload = command.event_payload
    leg.ptime = command.ptime
    leg.direction = command.direction
    _begin_watch(engine, leg)
    if leg.event_payload == NOBODY:
        cut_tone(leg)
    change_peer(engine, slot, command)


cdef void _close_sockets(Leg* leg) noexcept nogil:
    """Which ends their being watched as well."""
    linux.close(leg.rtp)
    linux.close(leg.rtcp)
    leg.rtp = leg.rtcp = 0


cdef void _close(Engine* engine, int slot, bint is_kept) noexcept nogil:
    cdef Leg* leg = &engine.legs[slot]
    _undo(engine, slot)
    untap(leg)
    send_report(engine, leg, True)
    end_turns(engine, leg)
    _leave_live(engine, leg)
    if is_kept and keep(engine, leg):
        watch_sockets(engine, slot)
    else:
        _close_sockets(leg)
    report(engine, CLOSED, slot, leg.source.packets)


cdef void _load(Engine* engine, int number, Sound* sound) noexcept nogil:
    free(engine.sounds[number])
    engine.sounds[number] = sound


cdef void _obey_one(Engine* engine, const Command* command) noexcept nogil:
    if command.order == TO_CONNECT:
        _connect(engine, command.slot, command)
    elif command.order == TO_BRIDGE:
        _bridge(engine, command.slot, <int>command.value)
    elif command.order == TO_PLAY:
        _start_sound(engine, command.slot, <int>command.value)
    elif command.order == TO_SILENCE:
        _undo(engine, command.slot)
    elif command.order == TO_CLOSE:
        _close(engine, command.slot, command.value != 0)
    elif command.order == TO_LOAD:
        _load(engine, <int>command.value, command.sound)
    elif command.order == TO_WATCH:
        engine.silence_us = command.value * 1000
    elif command.order == TO_SAY:
        _start_saying(engine, command)
    elif command.order == TO_DIAL:
        _dial(engine, command)
    elif command.order == TO_WATCH_ONE_WAY:
        engine.one_way_us = command.value * 1000
    elif command.order == TO_RECORD:
        tap(engine, command.tape, command.slot, <int>command.value)
    elif command.order == TO_PAUSE_TAPE:
        command.tape.is_paused = True
    elif command.order == TO_END_TAPE:
        end_tape(engine, command.tape)


cdef void _obey(Engine* engine) noexcept nogil:
    """Commands that find no room for their report wait in their ring for the next check."""
    answer(&engine.commands)
    while here(&engine.commands) and room(&engine.reports) >= REPORTS_KEPT:
        _obey_one(engine, &engine.orders[place_to_take(&engine.commands)])
        take(&engine.commands)


# ---- the loop --------------------------------------------------------------------------------


cdef bint _is_one_way(Engine* engine, const Leg* leg) noexcept nogil:
    """Whether a bridged leg let us hear nothing all the time that its partner talked. One whose
    port is still to be learnt counts as well: that is how a NAT in the way shows."""
    cdef const Leg* other = &engine.legs[leg.other]
    return (0 < engine.one_way_us <= engine.now_us - leg.since_us
            and leg.direction == SENDRECV and other.direction == SENDRECV
            and leg.state != IDLE and other.state != IDLE
            and sound_packets(leg) == leg.watch.heard
            and sound_packets(other) - leg.watch.other_heard >= ONE_WAY_MIN)


cdef inline int64_t _quiet_us(Engine* engine, const Leg* leg) noexcept nogil:
    """For how long nothing at all came from a leg that was bridged all the time."""
    return engine.now_us - max(leg.alive_us, leg.since_us)


cdef void _check_silence(Engine* engine, int slot) noexcept nogil:
    """A leg from which nothing comes, not even RTCP, is SILENT where its partner is quiet too.
    Where that one is heard, or its silence says nothing since it is on hold, somebody is asked
    whether the leg lives: UNANSWERED, again each time that so much time has passed."""
    cdef Leg* leg = &engine.legs[slot]
    cdef const Leg* other = &engine.legs[leg.other]
    cdef int64_t quiet_us = _quiet_us(engine, leg)
    if leg.is_silent or leg.source.packets == 0 or not 0 < engine.silence_us <= quiet_us:
        return
    if other.direction == SENDRECV and engine.silence_us <= _quiet_us(engine, other):
        leg.is_silent = True
        report(engine, SILENT, slot, quiet_us // 1000)
    elif engine.silence_us <= engine.now_us - leg.asked_us:
        leg.asked_us = engine.now_us
        report(engine, UNANSWERED, slot, quiet_us // 1000)


cdef void _check_leg(Engine* engine, int slot) noexcept nogil:
    cdef Leg* leg = &engine.legs[slot]
    leg.burst = leg.keys.burst = 0
    if leg.report_us <= engine.now_us:
        send_report(engine, leg, False)
        _plan_report(engine, leg, REPORT_MS)
    if leg.other != NOBODY and not leg.watch.is_told and _is_one_way(engine, leg):
        leg.watch.is_told = True
        report(engine, ONE_WAY, slot, (engine.now_us - leg.since_us) // 1000)
    tell_elsewhere(engine, slot)
    if leg.other != NOBODY and leg.direction == SENDRECV:
        _check_silence(engine, slot)


cdef void _check(Engine* engine) noexcept nogil:
    cdef int i
    for i in range(engine.live_count):
        _check_leg(engine, engine.live[i])
    engine.check_us = engine.now_us + CHECK_MS * 1000
    _obey(engine)


cdef int _wait_ms(Engine* engine) noexcept nogil:
    cdef int64_t left_us = engine.check_us - read_clock()
    if engine.live_count == 0 and not here(&engine.commands):
        return -1
    return 0 if left_us <= 0 else <int>(left_us // 1000) + 1


cdef void _turn_round(Engine* engine, const epoll_event* events, int count) noexcept nogil:
    """One wake-up. Sound first, it has a deadline; commands last: no event finds a closed leg."""
    cdef bint is_called = False
    cdef int i
    for i in range(count):
        if events[i].data.u64 == STEP:
            play(engine)
    for i in range(count):
        if events[i].data.u64 == WAKE:
            is_called = True
        elif events[i].data.u64 == STEP:
            continue
        elif events[i].data.u64 & 1:
            receive_report(engine, &engine.legs[events[i].data.u64 >> 1])
        else:
            receive(engine, <int>(events[i].data.u64 >> 1))
    if is_called:
        _obey(engine)
    if engine.now_us >= engine.check_us and (engine.live_count or here(&engine.commands)):
        _check(engine)


cdef void _prepare_thread() noexcept nogil:
    """Signals are the main thread's; real-time priority where the system allows it."""
    cdef sigset_t signals
    cdef sched_param parameter
    linux.sigfillset(&signals)
    linux.pthread_sigmask(linux.SIG_SETMASK, &signals, NULL)
    parameter.sched_priority = PRIORITY
    linux.pthread_setschedparam(linux.pthread_self(), linux.SCHED_FIFO, &parameter)


cdef void* _run(void* argument) noexcept nogil:
    cdef Engine* engine = <Engine*>argument
    cdef epoll_event[BATCH] events
    cdef int count
    _prepare_thread()
    while ring_load(&engine.is_running):
        count = linux.epoll_wait(engine.epoll, events, BATCH, _wait_ms(engine))
        engine.now_us = read_clock()
        _turn_round(engine, events, count)
    return NULL


cdef bint start_thread(Engine* engine) noexcept:
    ring_store(&engine.is_running, 1)
    if linux.pthread_create(&engine.thread, NULL, _run, engine):
        ring_store(&engine.is_running, 0)
        return False
    return True


cdef void stop_thread(Engine* engine) noexcept nogil:
    """Wait for its end; commands it did not come to are dropped."""
    cdef Command* command
    ring_store(&engine.is_running, 0)
    linux.eventfd_write(engine.commands.bell, 1)
    linux.pthread_join(engine.thread, NULL)
    answer(&engine.commands)
    while here(&engine.commands):
        command = &engine.orders[place_to_take(&engine.commands)]
        if command.order == TO_LOAD:
            _load(engine, <int>command.value, command.sound)
        take(&engine.commands)


cdef void close_all(Engine* engine) noexcept:
    """Close every leg that is open; the thread has ended."""
    cdef int i
    for i in range(engine.legs_max):
        if engine.legs[i].rtp > 0:
            end_turns(engine, &engine.legs[i])
            _leave_live(engine, &engine.legs[i])
            _close_sockets(&engine.legs[i])


cdef Engine* new_engine(int legs_max) noexcept:
    """All memory the thread will ever need; NULL when there is none, or no descriptor."""
    cdef Engine* engine = <Engine*>calloc(1, sizeof(Engine))
    if engine == NULL:
        return NULL
    engine.legs_max = legs_max
    engine.legs = <Leg*>calloc(legs_max, sizeof(Leg))
    engine.sounds = <Sound**>calloc(SOUNDS_MAX, sizeof(void*))
    engine.orders = <Command*>calloc(RING_SIZE, sizeof(Command))
    engine.news = <Report*>calloc(RING_SIZE, sizeof(Report))
    engine.live = <int*>calloc(legs_max, sizeof(int))
    engine.turns = <Turn*>calloc(legs_max, sizeof(Turn))
    engine.commands.size = engine.reports.size = RING_SIZE
    engine.commands.bell = linux.eventfd(0, linux.EFD_CLOEXEC | linux.EFD_NONBLOCK)
    engine.reports.bell = linux.eventfd(0, linux.EFD_CLOEXEC | linux.EFD_NONBLOCK)
    engine.epoll = linux.epoll_create1(linux.EPOLL_CLOEXEC)
    engine.timer = linux.timerfd_create(linux.CLOCK_MONOTONIC,
                                        linux.TFD_CLOEXEC | linux.TFD_NONBLOCK)
    watch_fd(engine, engine.commands.bell, WAKE)
    watch_fd(engine, engine.timer, STEP)
    if not (engine.legs and engine.sounds and engine.orders and engine.news and engine.live
            and engine.turns and engine.commands.bell >= 0 and engine.reports.bell >= 0
            and engine.epoll >= 0 and engine.timer >= 0):
        free_engine(engine)
        return NULL
    return engine


cdef void free_engine(Engine* engine) noexcept:
    """The thread has ended, or never began."""
    cdef int i
    for i in range(SOUNDS_MAX):
        if engine.sounds:
            free(engine.sounds[i])
    linux.close(engine.commands.bell)
    linux.close(engine.reports.bell)
    linux.close(engine.epoll)
    linux.close(engine.timer)
    free(engine.legs)
    free(engine.sounds)
    free(engine.orders)
    free(engine.news)
    free(engine.live)
    free(engine.turns)
    free(engine)
