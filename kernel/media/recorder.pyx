# cython: language_level=3
"""Recordings: begun and ended here, filled by the media thread, written by another thread.

    media thread  --hear-->  ring of 2 s  --500 ms-->  writer thread  -->  YYYY/MM/DD/CALL.wav
"""

import os

cimport cython
from kernel.linux cimport eventfd_write
from kernel.media.tape_state cimport (FRAMES, LEFT, NO_LEG, RIGHT, RUNNING, Deck, News, Tape,
                                      far_item, far_load, far_store, read_clock, set_far_item)
from kernel.media cimport tape_state as state
from kernel.media.tape cimport frame_at, hear, let_go
from kernel.media.writer cimport (free_deck, free_tape, new_deck, start_writer, stop_writer,
                                  write_all)
from kernel.ring cimport Ring, answer, here, place_to_take, ring_load, take
from kernel.media.rtp cimport Packet, parse
from libc.errno cimport EAGAIN, EMFILE, errno as system_errno
from libc.stdint cimport int16_t, uint8_t
from libc.stdlib cimport calloc
from libc.string cimport strdup

RECORDED, RECORD_FAILED, RECORD_LOST = range(state.RECORDED, state.RECORD_LOST + 1)

cdef int PATH_MAX = 4096


cdef Tape* _new_tape(bytes path) except NULL:
    cdef Tape* tape = <Tape*>calloc(1, sizeof(Tape))
    if tape == NULL:
        raise MemoryError
    tape.fd = -1
    tape.end = RUNNING
    tape.slots[LEFT] = tape.slots[RIGHT] = NO_LEG
    tape.path = strdup(path)
    tape.samples = <int16_t*>calloc(2 * FRAMES, sizeof(int16_t))
    if tape.path == NULL or tape.samples == NULL:
        free_tape(tape)
        raise MemoryError
    return tape


@cython.no_gc_clear     # it is still asked to stop when its Media goes
cdef class Recorder:
    """The recordings of one media thread."""

    def __cinit__(self, int recordings_max=512):
        if not 0 <= recordings_max <= 65536:
            raise ValueError(f"{recordings_max} recordings cannot be")
        self.slots, self.ending = {}, {}
        self.free = list(range(recordings_max - 1, -1, -1))
        self.deck = new_deck(recordings_max)
        if self.deck == NULL:
            raise OSError(system_errno, os.strerror(system_errno))

    def __dealloc__(self):
        if self.deck != NULL:
            if ring_load(&self.deck.is_running):
                stop_writer(self.deck)
            free_deck(self.deck)

    def start(self):
        """Start the writer thread. Idempotent."""
        if not ring_load(&self.deck.is_running) and not start_writer(self.deck):
            raise OSError(EAGAIN, "no thread for the recordings")

    def stop(self):
        """End every recording and the thread; the media thread has ended before. Idempotent."""
        cdef int slot
        for slot in self.slots.values():
            self._end(<Tape*>far_item(&self.deck.tapes[slot]), read_clock())
        if ring_load(&self.deck.is_running):
            with nogil:
                stop_writer(self.deck)

    cdef void share(self, Ring* bell):
        """News ring this bell from now on."""
        self.deck.bell = bell

    cdef Tape* begin(self, long long recording, bytes path, long long now_us) except NULL:
        """A new recording without legs, its first frame now; the writer makes its file."""
        if recording in self.slots:
            raise ValueError(f"recording {recording} goes on")
        if not path or len(path) >= PATH_MAX or b"\0" in path:
            raise ValueError(f"{path!r} is no path")
        if not self.free:
            raise OSError(EMFILE, "all recordings are in use")
        cdef Tape* tape = _new_tape(path)
        cdef int slot = self.free.pop()
        tape.number = recording
        tape.start_us = now_us
        self.slots[recording] = slot
        set_far_item(&self.deck.tapes[slot], tape)
        eventfd_write(self.deck.wake, 1)
        return tape

    cdef Tape* find(self, long long recording) except NULL:
        """The recording while it goes on; KeyError else."""
        if recording in self.ending:
            raise KeyError(recording)
        return <Tape*>self.deck.tapes[self.slots[recording]]

    cdef Tape* leave(self, long long recording) except NULL:
        """The recording, for the last time: it is about to end. KeyError: it does not go on."""
        cdef Tape* tape = self.find(recording)
        self.ending[recording] = True
        return tape

    cdef void _end(self, Tape* tape, long long now_us):
        """Give it an end, unless it has one or is in its file."""
        if tape != NULL and far_load(&tape.end) == RUNNING:
            far_store(&tape.end, max(0, frame_at(tape, now_us)))

    def news(self):
        """What the writer has to say since the last call: (kind, recording, value)."""
        cdef News news
        told = []
        while here(&self.deck.news):
            news = self.deck.told[place_to_take(&self.deck.news)]
            take(&self.deck.news)
            told.append((<int>news.kind, news.tape.number, news.value))
            if news.kind == state.RECORDED:
                self.ending.pop(news.tape.number, None)
                self.free.append(self.slots.pop(news.tape.number))
                free_tape(news.tape)
        return told

    # ---- without threads, at any time ---------------------------------------------------------

    def record(self, long long recording, bytes path not None, long long now_us):
        """Begin a recording of two silent legs."""
        self.begin(recording, path, now_us)

    def hear(self, long long recording, int side, const uint8_t[::1] datagram not None,
             long long now_us, bint is_restarted=False):
        """Lay an RTP packet of sound that came at `now_us`; side 0 is left, 1 right."""
        cdef Packet packet
        cdef bytearray copy = bytearray(datagram)
        if side not in (LEFT, RIGHT) or not parse(copy, len(copy), &packet):
            raise ValueError("no such side, or no RTP packet")
        cdef Tape* tape = self.find(recording)
        if is_restarted:
            let_go(tape, side)
        hear(tape, side, &packet, now_us)

    def write(self, long long now_us):
        """Write what is due at `now_us` of all recordings."""
        with nogil:
            write_all(self.deck, now_us, -1)

    def end(self, long long recording, long long now_us):
        """End a recording at `now_us`."""
        self._end(self.leave(recording), now_us)
