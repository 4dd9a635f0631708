# cython: language_level=3
"""Sound: one thread that relays, transcodes and plays RTP, and this door to it.

Here everything is checked and given a slot; the thread (kernel.media_thread) gets commands by one
ring and reports by another. Sockets are made here and handed over with a leg's first command.
"""

import errno
import os
import resource
import socket
import struct
from collections import namedtuple

from kernel.mos import mos_x100
cimport cython
from kernel cimport g711, linux
from kernel.linux cimport sockaddr
from kernel.media_state cimport (ADDRESS_MAX, DIGITS_MAX as DIGITS, NOBODY, RING_SIZE,
                                 SAID_MAX as SAID, SOUNDS_MAX as SOUND_SLOTS, TO_BRIDGE, TO_CLOSE,
                                 TO_CONNECT, TO_DIAL, TO_END_TAPE, TO_LOAD, TO_PAUSE_TAPE, TO_PLAY,
                                 TO_RECORD, TO_SAY, TO_SILENCE, TO_WATCH, TO_WATCH_ONE_WAY, Address, Command, Engine, Leg, Order,
                                 Report, Sound, read_clock)
from kernel cimport media_state as state
from kernel.media_thread cimport close_all, free_engine, new_engine, start_thread, stop_thread
from kernel.recorder cimport Recorder
from kernel.recorder_state cimport Tape
from kernel.ring cimport (answer, here, place_to_put, place_to_take, put, ring_bell, ring_load,
                          room, show, take)
from kernel.rtcp cimport NAME_LENGTH
from kernel.rtp cimport PCMA as PCMA_TYPE, PCMU as PCMU_TYPE, lost
from libc.errno cimport errno as system_errno
from libc.stdint cimport int16_t, int64_t, uint8_t
from libc.stdlib cimport malloc
from libc.string cimport memcpy, memset

INACTIVE, SENDONLY, RECVONLY, SENDRECV = range(4)
BRIDGED, SILENT, CLOSED, RECEIVING, PLAYED, DIGIT, ONE_WAY = range(1, 8)
SOUNDS_MAX, SAID_MAX, DIGITS_MAX = SOUND_SLOTS, SAID, DIGITS

cdef int SAMPLES_MAX = 8000 * 3600          # an hour
cdef int RECEIVE_BUFFER = 128 * 1024        # the system doubles it: over 2 s of a flooded leg
cdef int PTIME_LEAST = 10
cdef int PTIME_MOST = 60
cdef int BUFFER_MS = 20                     # what a jitter buffer holds at the least
EVENTS = {key: number for number, key in enumerate("0123456789*#ABCD")}     # RFC 4733, 3.2

Figures = namedtuple("Figures", (
    "packets_in", "octets_in", "packets_out", "octets_out", "lost", "late", "dropped", "unsent",
    "jitter_us", "last_in_ms", "far_lost", "far_loss_permille", "rtt_us",
    "loss_permille", "mos_x100", "codec"))


def raise_descriptor_limit():
    """Raise RLIMIT_NOFILE to its hard limit and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _packed(str host):
    """An IP literal as octets; ValueError else."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_pton(family, host)
        except OSError:
            continue
    raise ValueError(f"{host!r} is not an IP address")


def _check_unicast(str host, bytes packed):
    if packed[0] == 0xFF or (len(packed) == 4 and packed[0] >= 224):
        raise ValueError(f"{host} is no one's address")


cdef bytes _sockaddr(bytes packed, int port, bint is_ipv6):
    """The system's form of an address; IPv4 inside IPv6 where our own sockets are IPv6."""
    if not is_ipv6:
        if len(packed) != 4:
            raise ValueError("an IPv6 address, but our own is IPv4")
        return struct.pack("=H2s4s8x", linux.AF_INET, port.to_bytes(2, "big"), packed)
    if len(packed) == 4:
        packed = bytes(10) + b"\xff\xff" + packed
    return struct.pack("=H2s4x16s4x", linux.AF_INET6, port.to_bytes(2, "big"), packed)


cdef void _set_address(Address* address, bytes octets):
    address.length = len(octets)
    memcpy(address.octets, <const uint8_t*>octets, len(octets))


cdef int _permille(int64_t part, int64_t whole) noexcept:
    return <int>(min(part, whole) * 1000 // whole) if whole > 0 else 0


@cython.no_gc_clear     # the threads end before what they use goes
cdef class Media:
    """Legs with an own RTP and RTCP socket each, and the thread that moves their packets."""

    cdef Engine* engine
    cdef dict slots             # leg -> slot, while open
    cdef dict closing           # leg -> slot, until the thread has closed it
    cdef dict parting           # leg -> Figures, between CLOSED and the next `reports`
    cdef list free              # slots
    cdef list pending           # reports taken from the ring, not yet handed out
    cdef set sounds
    cdef bytes host
    cdef bint is_ipv6
    cdef int first_port
    cdef int pairs
    cdef int next_pair
    cdef bint is_bell_due       # commands were gathered that shall not wait
    cdef int traffic_class
    cdef Recorder recorder

    def __cinit__(self, *, str host="0.0.0.0", tuple ports=(10000, 19999), int legs_max=4096,
                  int dscp=46, bint gather=False, int recordings_max=512):
        low, high = ports
        if not 0 < low <= high < 65536 or (high - (low + low % 2) + 1) < 2:
            raise ValueError(f"no pair of ports in {low}-{high}")
        if not 0 < legs_max <= 65536 or not 0 <= dscp < 64:
            raise ValueError(f"{legs_max} legs or DSCP {dscp} cannot be")
        self.host = _packed(host)
        self.is_ipv6 = len(self.host) == 16
        self.first_port = low + low % 2
        self.pairs = (high - self.first_port + 1) // 2
        self.traffic_class = dscp << 2
        self.slots, self.closing, self.parting = {}, {}, {}
        self.free = list(range(legs_max - 1, -1, -1))
        self.pending, self.sounds = [], set()
        self.engine = new_engine(legs_max)
        if self.engine == NULL:
            raise OSError(system_errno, os.strerror(system_errno))
        self.engine.is_gathering = gather
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

    def stop(self):
        """End both threads, close every leg without a report, forget them. Idempotent."""
        if ring_load(&self.engine.is_running):
            with nogil:
                stop_thread(self.engine)
        self.recorder.stop()
        self._collect()
        close_all(self.engine)
        self.free += (*self.slots.values(), *self.closing.values())
        self.slots.clear()
        self.closing.clear()

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
        if not self.free:
            self._collect()
        if not self.free:
            raise OSError(errno.EMFILE, "all legs are in use")
        cdef int slot = self.free[-1]
        cdef Leg* place = &self.engine.legs[slot]
        memset(place, 0, sizeof(Leg))
        port = self._bind_pair(place)
        self.slots[leg] = self.free.pop()
        place.number = leg
        place.direction = state.SENDRECV
        place.event_payload = place.event_payload_told = place.payload = NOBODY
        place.other = place.turn = place.place = NOBODY
        place.ptime = 20
        place.remote.rtt_us = -1
        place.stream.is_fresh = True
        place.stream.ssrc, place.stream.time, place.stream.number = struct.unpack(
            "=IIH", os.urandom(10))
        return port

    cdef int _bind_pair(self, Leg* place) except -1:
        """The next pair that nobody has, each tried once."""
        cdef int port, rtp, rtcp
        for _ in range(self.pairs):
            port = self.first_port + 2 * self.next_pair
            self.next_pair = (self.next_pair + 1) % self.pairs
            rtp = self._bind(port, True)
            if rtp < 0:
                continue
            try:
                rtcp = self._bind(port + 1, False)
            except OSError:
                linux.close(rtp)
                raise
            if rtcp >= 0:
                place.rtp, place.rtcp = rtp, rtcp
                return port
            linux.close(rtp)
        raise OSError(errno.EADDRNOTAVAIL, "every media port is in use")

    cdef int _bind(self, int port, bint is_rtp) except -2:
        """A socket on our address; -1 where the port is taken."""
        cdef int family = linux.AF_INET6 if self.is_ipv6 else linux.AF_INET
        cdef int fd = linux.socket(
            family, linux.SOCK_DGRAM | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC, 0)
        cdef bytes address = _sockaddr(self.host, port, self.is_ipv6)
        if fd < 0:
            raise OSError(system_errno, os.strerror(system_errno))
        self._set_options(fd, is_rtp)
        if linux.bind(fd, <sockaddr*><const char*>address, <unsigned>len(address)) == 0:
            return fd
        error = system_errno
        linux.close(fd)
        if error in (errno.EADDRINUSE, errno.EACCES):
            return -1
        raise OSError(error, os.strerror(error))

    cdef void _set_options(self, int fd, bint is_rtp) noexcept:
        """What the system does not grant, we go without."""
        cdef int zero = 0
        if is_rtp:
            linux.setsockopt(fd, linux.SOL_SOCKET, linux.SO_RCVBUF, &RECEIVE_BUFFER, sizeof(int))
        linux.setsockopt(fd, linux.IPPROTO_IP, linux.IP_TOS, &self.traffic_class, sizeof(int))
        if self.is_ipv6:
            linux.setsockopt(fd, linux.IPPROTO_IPV6, linux.IPV6_V6ONLY, &zero, sizeof(int))
            linux.setsockopt(fd, linux.IPPROTO_IPV6, linux.IPV6_TCLASS, &self.traffic_class,
                             sizeof(int))

    def connect(self, long long leg, str host, int port, *, int payload, int event_payload=-1,
                int ptime=20, int direction=3, str latch=""):
        """Say where the far end is and what it wants; again on each re-INVITE."""
        cdef int slot = self.slots[leg]
        cdef bytes latched = b""
        cdef bytes peer = b""
        if payload not in (PCMU_TYPE, PCMA_TYPE):
            raise ValueError(f"payload {payload} is neither PCMU nor PCMA")
        if not -1 <= event_payload <= 127 or event_payload in (PCMU_TYPE, PCMA_TYPE):
            raise ValueError(f"payload {event_payload} cannot carry events")
        if direction & ~3:
            raise ValueError(f"{direction} is no direction")
        if latch:
            latched = self._far(latch, 0)
        else:
            if not 0 < port < 65536:
                raise ValueError(f"{port} is no port")
            peer = self._far(host, port)
        cdef Command* command = self._command(TO_CONNECT, slot, 0)
        _set_address(&command.latch, latched)
        _set_address(&command.peer, peer)
        command.payload = payload
        command.event_payload = event_payload
        self.engine.legs[slot].event_payload_told = event_payload
        command.ptime = max(PTIME_LEAST, min(ptime, PTIME_MOST)) // 10 * 10
        command.direction = direction if latched or peer else direction & ~state.SENDONLY
        self._give()

    def _far(self, str host, int port):
        """A far end's address; empty for 0.0.0.0 and ::, hold in the old manner."""
        packed = _packed(host)
        _check_unicast(host, packed)
        return _sockaddr(packed, port, self.is_ipv6) if any(packed) else b""

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
        """Close the leg's sockets; a leg bridged with it falls silent. While we gather and other
        legs are open nobody is woken for it: it is done with the next command that is in a hurry,
        or within 250 ms where a leg is connected."""
        if leg not in self.slots:
            return
        self._command(TO_CLOSE, self.slots[leg], 0)
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
        return self.parting.get(leg) if slot is None else self._figures(slot)

    cdef _figures(self, int slot):
        cdef Leg* leg = &self.engine.legs[slot]
        age_ms = (read_clock() - leg.last_in_us) // 1000 if leg.source.packets else -1
        jitter_us = (leg.source.jitter_16 >> 4) * 125
        missing = max(0, lost(&leg.source))
        loss = _permille(missing, leg.source.packets + missing)
        far_loss = _permille(max(0, leg.remote.lost), leg.stream.packets)
        delay_ms = max(0, leg.remote.rtt_us) // 2000 + 2 * jitter_us // 1000 + BUFFER_MS
        return Figures(
            packets_in=leg.source.packets, octets_in=leg.source.octets,
            packets_out=leg.stream.packets, octets_out=leg.stream.octets,
            lost=missing, late=leg.source.late,
            dropped=leg.dropped, unsent=leg.unsent,
            jitter_us=jitter_us, last_in_ms=age_ms,
            far_lost=leg.remote.lost, far_loss_permille=leg.remote.lost_256 * 1000 // 256,
            rtt_us=leg.remote.rtt_us, loss_permille=loss,
            mos_x100=mos_x100(max(loss, far_loss), delay_ms), codec=leg.payload)

    def reports(self):
        """Take what the thread has to say since the last call: (kind, leg, value)."""
        self.parting = {}
        self._collect()
        taken, self.pending = self.pending, []
        return taken

    cdef _collect(self):
        cdef Report report
        answer(&self.engine.reports)
        while here(&self.engine.reports):
            report = self.engine.news[place_to_take(&self.engine.reports)]
            take(&self.engine.reports)
            self.pending.append((<int>report.kind, report.leg, report.value))
            if report.kind == state.CLOSED:
                self.parting[report.leg] = self._figures(report.slot)
                self.free.append(self.closing.pop(report.leg))
        self.pending += self.recorder.news()
