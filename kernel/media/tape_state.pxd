"""What a recording keeps in memory: a ring of samples between who hears and who writes."""

from kernel.linux cimport CLOCK_MONOTONIC, clock_gettime, pthread_t, timespec
from kernel.ring cimport Ring
from libc.stdint cimport int16_t, int64_t, uint32_t, uint16_t

cdef extern from *:
    """
    #include <stdint.h>
    static inline int64_t far_load(int64_t *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
    static inline void far_store(int64_t *at, int64_t value)
    { __atomic_store_n(at, value, __ATOMIC_RELEASE); }
    static inline void *far_item(void **at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
    static inline void set_far_item(void **at, void *item)
    { __atomic_store_n(at, item, __ATOMIC_RELEASE); }
    """
    int64_t far_load(int64_t* at) noexcept nogil
    void far_store(int64_t* at, int64_t value) noexcept nogil
    void* far_item(void** at) noexcept nogil
    void set_far_item(void** at, void* item) noexcept nogil

cdef enum:
    FRAMES = 16384              # of the ring, 2.048 s; a power of two
    RUNNING = -1                # `end` of a recording that goes on
    NO_LEG = -1
    LEFT = 0                    # the caller
    RIGHT = 1                   # the agent

cdef enum NewsKind:
    RECORDED = 32, RECORD_FAILED, RECORD_LOST

cdef struct Line:               # what one leg says, laid on the time line
    bint is_anchored
    uint16_t number             # of the newest packet
    uint32_t time               # its timestamp ...
    int64_t place               # ... and the frame of its first sample
    int64_t end                 # the frame behind its last one
    int16_t last                # that sample
    int64_t heard_us
    int64_t late                # of the packet before: frames behind its place
    int64_t least               # the least lateness since the last correction
    int left                    # packets until the next one

cdef struct Tape:
    int64_t number              # the recording's number outside
    int64_t start_us            # when frame 0 was
    char* path
    # The media thread's, from its first command to its last:
    int[2] slots                # the legs, left and right; NO_LEG: silence
    Line[2] lines
    bint is_paused
    int64_t lost                # frames that found no room, because the disk stood still
    # Between both:
    int64_t end                 # how many frames it has in the end; RUNNING until then
    int64_t closed              # nothing is laid before this frame any more ...
    int64_t freed               # ... and those before this one are in the file
    # The writer's:
    int fd
    int64_t shift               # frames the file had before
    int64_t written             # frames of ours in the file
    int error                   # why no more is written
    int16_t* samples            # FRAMES times left and right

cdef struct News:
    NewsKind kind
    int64_t value
    Tape* tape

cdef struct Deck:               # all recordings, and the thread that writes them
    int tapes_max
    void** tapes                # Tape*, or NULL
    Ring news
    News* told
    Ring* bell                  # rung when there are news
    int wake                    # eventfd: a recording began or ended
    unsigned is_running         # by ring_load and ring_store
    pthread_t thread

cdef inline int64_t read_clock() noexcept nogil:
    """Monotonic microseconds."""
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000_000 + now.tv_nsec // 1000
