from kernel.media.state cimport Engine

cdef Engine* new_engine(int legs_max) noexcept
cdef void free_engine(Engine* engine) noexcept
cdef bint start_thread(Engine* engine) noexcept
cdef void stop_thread(Engine* engine) noexcept nogil
cdef void close_all(Engine* engine) noexcept
