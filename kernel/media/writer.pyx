# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The thread that writes recordings, so that no disk ever holds up a call; no Python in it.

    ms      0        100       200       300       400       500
    writes  part 0   part 1    part 2    part 3    part 4    part 0       of all recordings

Each recording is written every 500 ms, up to what is 250 ms old: later packets find their place
until then. With every write the header (RIFF, WAVE) says how long the sound is so far, so that a
player can read the file whenever we are stopped. A file that is there already is gone on with.
"""

from kernel cimport linux
from kernel.linux cimport sigset_t
from kernel.media.tape_state cimport read_clock
from kernel.media.tape_state cimport (FRAMES, RECORDED, RECORD_FAILED, RECORD_LOST, RUNNING, Deck,
                                      News, NewsKind, Tape, far_item, far_load, far_store,
                                      set_far_item)
from kernel.media.tape cimport frame_at
from kernel.ring cimport place_to_put, ring_bell, ring_load, ring_store, show
from libc.errno cimport EFBIG, EINTR, EIO, ENOENT, errno
from libc.stdint cimport int16_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

cdef extern from "<unistd.h>" nogil:
    ssize_t pwrite(int fd, const void* data, size_t length, int64_t offset)
    int64_t lseek(int fd, int64_t offset, int whence)
    int SEEK_END

cdef extern from "<fcntl.h>" nogil:
    int open(const char* path, int flags, unsigned mode)
    int O_CREAT, O_RDWR, O_CLOEXEC, O_NOFOLLOW

cdef extern from "<sys/stat.h>" nogil:
    int mkdir(const char* path, unsigned mode)

cdef extern from "<poll.h>" nogil:
    cdef struct pollfd:
        int fd
        short events
        short revents
    int POLLIN
    int poll(pollfd* fds, unsigned long count, int timeout_ms)

cdef enum:
    HEADER = 44                 # octets
    FRAME = 4                   # octets: left and right
    PARTS = 5
    PART_MS = 100
    DELAY_US = 250_000          # how long a late packet finds its place
    SIZE_MAX = 0xFFFFFFFF       # of a RIFF file
    NEWS_PER_TAPE = 4           # at most three are told of each
    ALL = -1                    # parts
    NONE = PARTS


# ---- one file --------------------------------------------------------------------------------


cdef void _make_folders(char* path) noexcept nogil:
    """Those above the file; what cannot be made shows when the file is opened."""
    cdef char* at = path + 1
    while at[0]:
        if at[0] == c"/":
            at[0] = 0
            mkdir(path, 0o750)
            at[0] = c"/"
        at += 1


cdef bint _open(Tape* tape) noexcept nogil:
    """Open the file if it is not; behind the sound it has, if it was there before."""
    cdef int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    cdef int64_t size
    if tape.fd >= 0:
        return True
    tape.fd = open(tape.path, flags, 0o640)
    if tape.fd < 0 and errno == ENOENT:
        _make_folders(tape.path)
        tape.fd = open(tape.path, flags, 0o640)
    if tape.fd < 0:
        tape.error = errno
        return False
    size = lseek(tape.fd, 0, SEEK_END)
    tape.shift = (size - HEADER) / FRAME if size > HEADER else 0
    return True


cdef bint _write(Tape* tape, const void* data, int64_t length, int64_t offset) noexcept nogil:
    cdef const uint8_t* at = <const uint8_t*>data
    cdef ssize_t done
    while length:
        done = pwrite(tape.fd, at, length, offset)
        if done < 0 and errno == EINTR:
            continue
        if done <= 0:
            tape.error = errno if done < 0 else EIO
            return False
        at += done
        offset += done
        length -= done
    return True


cdef void _put_number(uint8_t* at, uint32_t number, int octets) noexcept nogil:
    cdef int i
    for i in range(octets):
        at[i] = <uint8_t>(number >> (8 * i))


cdef bint _write_header(Tape* tape) noexcept nogil:
    """The sound's length so far; PCM of two channels, 8000 frames a second, 16 bit."""
    cdef uint8_t[HEADER] header
    cdef uint32_t size = <uint32_t>((tape.shift + tape.written) * FRAME)
    memcpy(header, <const char*>b"RIFF....WAVEfmt ", 16)
    _put_number(header + 4, size + HEADER - 8, 4)
    _put_number(header + 16, 16, 4)
    _put_number(header + 20, 1, 2)
    _put_number(header + 22, 2, 2)
    _put_number(header + 24, 8000, 4)
    _put_number(header + 28, 8000 * FRAME, 4)
    _put_number(header + 32, FRAME, 2)
    _put_number(header + 34, 16, 2)
    memcpy(header + 36, <const char*>b"data", 4)
    _put_number(header + 40, size, 4)
    return _write(tape, header, HEADER, 0)


cdef bint _write_piece(Tape* tape, int64_t last) noexcept nogil:
    """Write one stretch of the ring that lies in one piece, and leave silence in its place."""
    cdef int64_t first = tape.freed
    cdef int64_t place = first & (FRAMES - 1)
    cdef int64_t count = min(last - first, FRAMES - place)
    cdef int16_t* samples = tape.samples + 2 * place
    cdef int64_t offset = HEADER + (tape.shift + first) * FRAME
    if offset + count * FRAME > SIZE_MAX:
        tape.error = EFBIG
        return False
    far_store(&tape.closed, first + count)
    if not _write(tape, samples, count * FRAME, offset):
        return False
    memset(samples, 0, count * FRAME)
    tape.written = first + count
    far_store(&tape.freed, first + count)
    return True


cdef void _write_until(Tape* tape, int64_t last) noexcept nogil:
    if tape.freed >= last and tape.fd >= 0:
        return
    if not _open(tape):
        return
    while tape.freed < last and _write_piece(tape, last):
        pass
    cdef int error = tape.error     # of the sound: what there is of it is still made readable
    if not _write_header(tape) and error:
        tape.error = error


# ---- all files -------------------------------------------------------------------------------


cdef void _tell(Deck* deck, NewsKind kind, Tape* tape, int64_t value) noexcept nogil:
    """There is always room: a recording's place is given away again after its last news."""
    cdef News* news = &deck.told[place_to_put(&deck.news)]
    news.kind = kind
    news.tape = tape
    news.value = value
    show(&deck.news)
    ring_bell(deck.bell)


cdef void _finish(Deck* deck, int slot, Tape* tape) noexcept nogil:
    """Close the file and tell; from here on the recording is no longer ours."""
    if tape.fd >= 0:
        linux.close(tape.fd)
        tape.fd = -1
    if tape.lost and not tape.error:
        _tell(deck, RECORD_LOST, tape, tape.lost // 8)
    set_far_item(&deck.tapes[slot], NULL)
    _tell(deck, RECORDED, tape, tape.shift + tape.written)


cdef void _write_one(Deck* deck, int slot, Tape* tape, int64_t now_us) noexcept nogil:
    cdef int64_t end = far_load(&tape.end)
    cdef int64_t last = end if end != RUNNING else frame_at(tape, now_us - DELAY_US)
    if not tape.error:
        _write_until(tape, max(last, 0))
        if tape.error:
            _tell(deck, RECORD_FAILED, tape, tape.error)
    if end != RUNNING:
        _finish(deck, slot, tape)


cdef inline bint _is_pressing(Tape* tape) noexcept nogil:
    """A recording that has just begun or ended."""
    return (tape.fd < 0 and not tape.error) or far_load(&tape.end) != RUNNING


cdef void write_all(Deck* deck, int64_t now_us, int part) noexcept nogil:
    """Write what is due to one part of the recordings (ALL or NONE of them), and to those that
    begin or end."""
    cdef Tape* tape
    cdef int slot
    for slot in range(deck.tapes_max):
        tape = <Tape*>far_item(&deck.tapes[slot])
        if tape != NULL and (part == ALL or slot % PARTS == part or _is_pressing(tape)):
            _write_one(deck, slot, tape, now_us)


cdef bint _is_idle(Deck* deck) noexcept nogil:
    cdef int slot
    for slot in range(deck.tapes_max):
        if far_item(&deck.tapes[slot]) != NULL:
            return False
    return True


cdef int _wait_ms(Deck* deck, int64_t due_us) noexcept nogil:
    cdef int64_t left_us = due_us - read_clock()
    if _is_idle(deck):
        return -1
    return 0 if left_us <= 0 else <int>(left_us // 1000) + 1


cdef void _write_on(Deck* deck) noexcept nogil:
    """Until we are told to end."""
    cdef int64_t due_us = 0
    cdef int64_t now_us
    cdef uint64_t count
    cdef int part = 0
    cdef pollfd bell
    bell.fd = deck.wake
    bell.events = POLLIN
    while ring_load(&deck.is_running):
        if poll(&bell, 1, _wait_ms(deck, due_us)) > 0:
            linux.eventfd_read(deck.wake, &count)
        now_us = read_clock()
        if now_us < due_us:
            write_all(deck, now_us, NONE)
            continue
        write_all(deck, now_us, part)
        part = (part + 1) % PARTS
        due_us = now_us + PART_MS * 1000


cdef void* _run(void* argument) noexcept nogil:
    cdef Deck* deck = <Deck*>argument
    cdef sigset_t signals
    linux.sigfillset(&signals)
    linux.pthread_sigmask(linux.SIG_SETMASK, &signals, NULL)
    _write_on(deck)
    write_all(deck, read_clock(), ALL)
    return NULL


cdef bint start_writer(Deck* deck) noexcept:
    ring_store(&deck.is_running, 1)
    if linux.pthread_create(&deck.thread, NULL, _run, deck):
        ring_store(&deck.is_running, 0)
        return False
    return True


cdef void stop_writer(Deck* deck) noexcept nogil:
    """Wait for its end; it finishes the recordings that have one."""
    ring_store(&deck.is_running, 0)
    linux.eventfd_write(deck.wake, 1)
    linux.pthread_join(deck.thread, NULL)


# ---- memory ----------------------------------------------------------------------------------


cdef void free_tape(Tape* tape) noexcept:
    if tape == NULL:
        return
    if tape.fd >= 0:
        linux.close(tape.fd)
    free(tape.path)
    free(tape.samples)
    free(tape)


cdef Deck* new_deck(int tapes_max) noexcept:
    """NULL when there is no memory, or no descriptor."""
    cdef Deck* deck = <Deck*>calloc(1, sizeof(Deck))
    if deck == NULL:
        return NULL
    deck.news.size = 4
    while deck.news.size < <unsigned>(NEWS_PER_TAPE * tapes_max):
        deck.news.size *= 2
    deck.tapes_max = tapes_max
    deck.tapes = <void**>calloc(tapes_max + 1, sizeof(void*))
    deck.told = <News*>calloc(deck.news.size, sizeof(News))
    deck.news.bell = linux.eventfd(0, linux.EFD_CLOEXEC | linux.EFD_NONBLOCK)
    deck.wake = linux.eventfd(0, linux.EFD_CLOEXEC | linux.EFD_NONBLOCK)
    deck.bell = &deck.news
    if not (deck.tapes and deck.told and deck.news.bell >= 0 and deck.wake >= 0):
        free_deck(deck)
        return NULL
    return deck


cdef void free_deck(Deck* deck) noexcept:
    """The thread has ended, or never began."""
    cdef int slot
    for slot in range(deck.tapes_max):
        if deck.tapes:
            free_tape(<Tape*>deck.tapes[slot])
    linux.close(deck.news.bell)
    linux.close(deck.wake)
    free(deck.tapes)
    free(deck.told)
    free(deck)
