# cython: language_level=3
"""Sound: one thread that relays, transcodes and plays RTP, and this door to it.

Here everything is checked and given a slot; the thread (kernel.media.thread) gets commands by one
ring and reports by another; sockets are handed over with a leg's first command.
"""

import errno
import os
import struct
from collections import deque

from kernel.media.figures import Figures
from kernel.media.ports import raise_descriptor_limit
cimport cython
from kernel.media cimport g711
from kernel.media.figures cimport figures_of
from kernel.media.kept cimport use_again
from kernel.media.ports cimport Ports
from kernel.media.state cimport (DIGITS_MAX as DIGITS, NOBODY, SAID_MAX as SAID,
                                 SOUNDS_MAX as SOUND_SLOTS, TO_BRIDGE, TO_CLOSE, TO_CONNECT,
                                 TO_DIAL, TO_END_TAPE, TO_LOAD, TO_PAUSE_TAPE, TO_PLAY, TO_RECORD,
                                 TO_SAY, TO_SILENCE, TO_WATCH, TO_WATCH_ONE_WAY, Address, Command,
                                 Engine, Leg, Order, Report, Sound, read_clock)
from kernel.media cimport state
from kernel.media.thread cimport close_all, free_engine, new_engine, start_thread, stop_thread
from kernel.media.recorder cimport Recorder
from kernel.media.tape_state cimport Tape
from kernel.ring cimport (answer, here, place_to_put, place_to_take, put, ring_bell, ring_load,
                          room, show, take)
from kernel.media.rtcp cimport NAME_LENGTH
from kernel.media.rtp cimport PCMA as PCMA_TYPE, PCMU as PCMU_TYPE
from libc.errno cimport errno as system_errno
from libc.stdint cimport int16_t, uint8_t
from libc.stdlib cimport malloc
from libc.string cimport memcpy, memset

INACTIVE, SENDONLY, RECVONLY, SENDRECV = range(4)
BRIDGED, SILENT, CLOSED, RECEIVING, PLAYED, DIGIT, ONE_WAY, KEY_PASSED = range(1, 9)
UNANSWERED, LEARNT, ELSEWHERE = range(9, 12)
NEVER, AUTO, ALWAYS = range(3)
SOUNDS_MAX, SAID_MAX, DIGITS_MAX = SOUND_SLOTS, SAID, DIGITS

cdef int SAMPLES_MAX = 8000 * 3600          # an hour
cdef int LOOK_AT = 32                       # closing legs, before a new one looks who has closed
cdef int DISCARD = 9                        # the port where nobody listens (RFC 863)
cdef int PTIME_LEAST = 10
cdef int PTIME_MOST = 60
EVENTS = {key: number for number, key in enumerate("0123456789*#ABCD")}     # RFC 4733, 3.2

cdef void _set_address(Address* address, bytes octets):
    address.length = len(octets)
    memcpy(address.octets, <const uint8_t*>octets, len(octets))


@cython.no_gc_clear     # the threads end before what they use goes
cdef class Media:
    """Legs with an own RTP and RTCP socket each, and the thread that moves their packets."""

    cdef Engine* engine
    cdef dict slots             # leg -> slot, while open
    cdef dict closing           # leg -> slot, until the thread has closed it
    cdef dict leaving           # leg -> Figures, of CLOSED reports that are pending
    cdef dict parting           # leg -> Figures, of those last handed out
    cdef list free              # slots without sockets
    cdef object kept            # slots of closed legs with theirs, the longest at rest first
    cdef int spare              # how many are kept at most
    cdef bytes noise            # random octets, and how many are used
    cdef int noise_at
    cdef list pending           # reports taken from the ring, not yet handed out
    cdef set sounds
    cdef Ports ports
    cdef bint is_bell_due       # commands were gathered that shall not wait
    cdef Recorder recorder

    def __cinit__(self, *, str host="0.0.0.0", tuple ports=(10000, 19999), int legs_max=4096,
                  int dscp=46, bint gather=False, int recordings_max=512, int spare=0):
        if not 0 < legs_max <= 65536:
            raise ValueError(f"{legs_max} legs cannot be")
        self.ports = Ports(host=host, ports=ports, dscp=dscp)
        self.slots, self.closing, self.leaving, self.parting = {}, {}, {}, {}
        self.free = list(range(legs_max - 1, -1, -1))
        self.kept, self.spare, self.noise = deque(), spare, b""
        self.pending, self.sounds = [], set()
        self.engine = new_engine(legs_max)
        if self.engine == NULL:
            raise OSError(system_errno, os.strerror(system_errno))
        self.engine.is_gathering = gather
        loopback = "::1" if self.ports.is_ipv6 else "127.0.0.1"
        _set_address(&self.engine.nowhere, self.ports.far(loopback, DISCARD))
        self.recorder = Recorder(recordings_max)
        self.recorder.share(&self.engine.reports)
        self.engine.tape_bell = self.recorder.deck.wake
        self.engine.chance = int.from_bytes(os.urandom(4), "big")
        cdef bytes name = os.urandom(NAME_LENGTH // 2).hex().encode()
        memcpy(self.engine.name, <const char*>name, NAME_LENGTH)
        self.silence_after(60_000)
        self.one_way_after(5_000)

    def __dealloc__(self):
        if self.engine != NULL:
            if ring_load(&self.engine.is_running):
                stop_thread(self.engine)
            if self.recorder is not None:       # its thread rings our bell
                self.recorder.stop()
            close_all(self.engine)
            free_engine(self.engine)

    def start(self):
        """Start both threads; commands given before are carried out now. Idempotent."""
        self.recorder.start()
        if not ring_load(&self.engine.is_running) and not start_thread(self.engine):
            raise OSError(errno.EAGAIN, "no thread for the sound")

    def stock(self):
        """Bind what is kept for legs to come: `spare` legs, of half the ports at most."""
        cdef long long leg, count = min(self.spare, self.ports.pairs // 2)
        for leg in range(-count, 0):
            try:
                self.open(leg)
            except OSError:         # the ports are others'
                break
        for leg in range(-count, 0):
            self.close(leg)

    def stop(self):
        """End both threads, close every leg without a report, forget them. Idempotent."""
        if ring_load(&self.engine.is_running):
            with nogil:
                stop_thread(self.engine)
        self.recorder.stop()
        self._collect()
        close_all(self.engine)
        self.free += (*self.slots.values(), *self.closing.values(), *self.kept)
        self.slots.clear()
        self.closing.clear()
        self.kept.clear()

    def fileno(self):
        """A descriptor, readable while reports wait; for `loop.add_reader`."""
        return self.engine.reports.bell

    def load(self, int sound, const int16_t[::1] samples not None, bint loop=True):
        """Take `samples` (8 kHz mono) as sound number `sound`; encoded once, for all legs."""
        cdef Py_ssize_t length = samples.shape[0]
        if not 0 <= sound < SOUND_SLOTS or not 0 < length <= SAMPLES_MAX:
            raise ValueError(f"sound {sound} of {length} samples cannot be")
        cdef Command* command = self._command(TO_LOAD, 0, sound)
        cdef Sound* block = <Sound*>malloc(sizeof(Sound) + 2 * length)
        if block == NULL:
            raise MemoryError
        block.length = <int>length
        block.is_loop = loop
        block.pcmu = <uint8_t*>block + sizeof(Sound)
        block.pcma = block.pcmu + length
        g711.encode(&samples[0], block.pcmu, length, False)
        g711.encode(&samples[0], block.pcma, length, True)
        command.sound = block
        put(&self.engine.commands)
        self.sounds.add(sound)

    # ---- legs --------------------------------------------------------------------------------

    def open(self, long long leg):
        """Bind the next free even port and the one above it (RTCP); return the even one."""
        if leg in self.slots or leg in self.closing:
            raise ValueError(f"leg {leg} is open")
        cdef int slot = self._slot()
        cdef Leg* place = &self.engine.legs[slot]
        self.slots[leg] = slot
        place.number = leg
        place.direction = state.SENDRECV
        place.event_payload = place.event_payload_told = place.payload = NOBODY
        place.other = place.turn = place.place = NOBODY
        place.ptime = 20
        place.remote.rtt_us = -1
        place.stream.is_fresh = True
        place.stream.ssrc, place.stream.time, place.stream.number = struct.unpack(
            "=IIH", self._random(10))
        return place.port

    cdef int _slot(self) except -1:
        """A slot with sockets: bound anew until enough are kept, then the longest at rest."""
        if not self.free or len(self.closing) >= LOOK_AT:
            self._collect()
        if self.kept and (not self.free or 2 * len(self.kept) > self.spare):
            return self._kept_slot()
        if not self.free:
            raise OSError(errno.EMFILE, "all legs are in use")
        cdef int slot = self.free[-1]
        cdef Leg* place = &self.engine.legs[slot]
        memset(place, 0, sizeof(Leg))
        try:
            place.port = self.ports.take_pair(&place.rtp, &place.rtcp)
        except OSError:
            self._collect()
            if not self.kept:
                raise
            return self._kept_slot()
        return self.free.pop()

    cdef int _kept_slot(self) except -1:
        cdef int slot = self.kept.popleft()
        if not use_again(&self.engine.legs[slot]):
            self.kept.append(slot)
            raise OSError(system_errno, os.strerror(system_errno))
        return slot

    cdef bytes _random(self, int count):
        """Octets that nobody can guess, asked of the system for many legs at once."""
        if self.noise_at + count > len(self.noise):
            self.noise, self.noise_at = os.urandom(4096), 0
        self.noise_at += count
        return self.noise[self.noise_at - count:self.noise_at]

    def connect(self, long long leg, peer not None):
        """Say where the far end is and what it wants (a `Peer`); again on each re-INVITE."""
        cdef int slot = self.slots[leg]
        cdef str host = peer.host, signaller = peer.signaller
        cdef int port = peer.port, payload = peer.payload, event_payload = peer.event_payload
        cdef int ptime = peer.ptime, direction = peer.direction, symmetric = peer.symmetric
        if payload not in (PCMU_TYPE, PCMA_TYPE):
            raise ValueError(f"payload {payload} is neither PCMU nor PCMA")
        if not -1 <= event_payload <= 127 or event_payload in (PCMU_TYPE, PCMA_TYPE):
            raise ValueError(f"payload {event_payload} cannot carry events")
        if direction & ~3:
            raise ValueError(f"{direction} is no direction")
        if symmetric not in (NEVER, AUTO, ALWAYS):
            raise ValueError(f"{symmetric} is no rule")
        if not 0 < port < 65536:
            raise ValueError(f"{port} is no port")
        cdef bytes place = self.ports.far(host, port)
        cdef bytes heard_at = self.ports.far(signaller, 0) if signaller else b""
        cdef Command* command = self._command(TO_CONNECT, slot, 0)
        _set_address(&command.signaller, heard_at)
        _set_address(&command.peer, place)
        command.payload, command.event_payload = payload, event_payload
        self.engine.legs[slot].event_payload_told = event_payload
        command.ptime = max(PTIME_LEAST, min(ptime, PTIME_MOST)) // 10 * 10
        command.direction = direction if place else direction & ~state.SENDONLY
        command.rule, command.is_natted = <state.Rule>symmetric, peer.is_natted
        self._give()

    def bridge(self, long long leg, long long other):
        """Join two legs, sound both ways; undoes what either did before."""
        if leg == other:
            raise ValueError(f"leg {leg} with itself")
        self._post(TO_BRIDGE, self.slots[leg], self.slots[other])

    def play(self, long long leg, int sound):
        """Play a loaded sound from its start; undoes a bridge."""
        if sound not in self.sounds:
            raise ValueError(f"sound {sound} is not loaded")
        self._post(TO_PLAY, self.slots[leg], sound)

    def say(self, long long leg, long long play, sounds):
        """Play several loaded sounds, each begun where the one before ended; undoes a bridge."""
        cdef int slot = self.slots[leg]
        cdef int i
        numbers = [int(sound) for sound in sounds]
        if play < 0:
            raise ValueError(f"play {play} cannot be")
        if len(numbers) > SAID_MAX:
            raise ValueError(f"{len(numbers)} sounds at once, {SAID_MAX} are allowed")
        if not all(0 <= number < SOUNDS_MAX for number in numbers):
            raise ValueError(f"sounds {numbers} cannot be")
        cdef Command* command = self._command(TO_SAY, slot, play)
        command.count = <int>len(numbers)
        for i in range(command.count):
            command.items[i] = numbers[i]
        self._give()

    def send_digits(self, long long leg, str digits):
        """Press keys towards the far end; sound to it pauses for each."""
        cdef int slot = self.slots[leg]
        cdef int i
        events = list(map(EVENTS.get, digits))
        if len(events) > DIGITS_MAX or None in events:
            raise ValueError(f"{digits!r} cannot be dialled")
        if self.engine.legs[slot].event_payload_told == NOBODY:
            raise OSError(errno.EOPNOTSUPP, f"the far end of leg {leg} takes no digits")
        cdef Command* command = self._command(TO_DIAL, slot, 0)
        command.count = <int>len(events)
        for i in range(command.count):
            command.items[i] = events[i]
        self._give()

    def silence(self, long long leg):
        """Undo `bridge`, `play` and `say`."""
        self._post(TO_SILENCE, self.slots[leg], 0)

    def close(self, long long leg):
        """Close the leg's sockets, or keep them for another; a leg bridged with it falls silent.
        While we gather and other legs are open nobody is woken for it: it is done with the next
        command that is in a hurry, or within 250 ms where a leg is connected."""
        if leg not in self.slots:
            return
        cdef bint is_kept = len(self.kept) + len(self.closing) < self.spare
        self._command(TO_CLOSE, self.slots[leg], is_kept)
        self.closing[leg] = self.slots.pop(leg)
        if self.engine.is_gathering and self.slots:
            show(&self.engine.commands)
        else:
            self._give()

    def silence_after(self, long long ms):
        """After how long a leg is reported SILENT; 0 is never."""
        self._watch_after(TO_WATCH, ms)

    def one_way_after(self, long long ms):
        """After how long a leg is reported ONE_WAY; 0 is never."""
        self._watch_after(TO_WATCH_ONE_WAY, ms)

    cdef _watch_after(self, Order order, long long ms):
        if not 0 <= ms < 1 << 40:
            raise ValueError(f"{ms} ms cannot be")
        self._post(order, 0, ms)

    cdef _post(self, Order order, int slot, long long value):
        self._command(order, slot, value)
        self._give()

    cdef _give(self):
        """The command is ready; it leaves at once, or with the next `flush`."""
        if self.engine.is_gathering:
            show(&self.engine.commands)
            self.is_bell_due = True
        else:
            put(&self.engine.commands)

    def flush(self):
        """Wake the thread for the commands gathered since; costs nothing where there are none."""
        if self.is_bell_due:
            self.is_bell_due = False
            ring_bell(&self.engine.commands)

    cdef Command* _command(self, Order order, int slot, long long value) except NULL:
        """The next command, to be filled in and put."""
        if room(&self.engine.commands) == 0:
            raise OSError(errno.ENOBUFS, "the media thread does not keep up")
        cdef Command* command = &self.engine.orders[place_to_put(&self.engine.commands)]
        command.order = order
        command.slot = slot
        command.value = value
        return command

    # ---- recordings --------------------------------------------------------------------------

    def record(self, long long recording, path, long long left, long long right):
        """Record what two bridged legs say; again: other legs, or on after a pause."""
        if left == right and left in self.slots:
            raise ValueError(f"leg {left} on both sides")
        cdef Command* command = self._command(TO_RECORD, self.slots.get(left, NOBODY),
                                              self.slots.get(right, NOBODY))
        if recording in self.recorder.slots:
            command.tape = self.recorder.find(recording)
        else:
            command.tape = self.recorder.begin(recording, os.fsencode(path), read_clock())
        self._give()

    def pause_recording(self, long long recording):
        """Record silence until the next `record`."""
        cdef Tape* tape = self.recorder.find(recording)
        self._command(TO_PAUSE_TAPE, 0, 0).tape = tape
        self._give()

    def stop_recording(self, long long recording):
        """End a recording; RECORDED follows when its file is complete."""
        cdef Command* command = self._command(TO_END_TAPE, 0, 0)
        command.tape = self.recorder.leave(recording)
        self._give()

    # ---- what comes back ---------------------------------------------------------------------

    def figures(self, long long leg):
        """The leg's figures so far; None when unknown."""
        slot = self.slots.get(leg, self.closing.get(leg))
        return self.parting.get(leg) if slot is None else figures_of(&self.engine.legs[<int>slot])

    def reports(self):
        """Take what the thread has to say since the last call: (kind, leg, value)."""
        self._collect()
        taken, self.pending = self.pending, []
        self.parting, self.leaving = self.leaving, {}
        return taken

    cdef _collect(self):
        cdef Report report
        answer(&self.engine.reports)
        while here(&self.engine.reports):
            report = self.engine.news[place_to_take(&self.engine.reports)]
            take(&self.engine.reports)
            if report.leg >= 0:     # else it is of the stock, and nobody's
                self.pending.append((<int>report.kind, report.leg, report.value))
            if report.kind == state.CLOSED:
                if report.leg >= 0:
                    self.leaving[report.leg] = figures_of(&self.engine.legs[report.slot])
                has_sockets = self.engine.legs[report.slot].rtp > 0
                (self.kept if has_sockets else self.free).append(self.closing.pop(report.leg))
        self.pending += self.recorder.news()
