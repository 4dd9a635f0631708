# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Sockets of legs: watched from the first connect on, and of a closed leg kept for the next one:
bound, watched, and connected to nowhere.

    open --use_again--> heard from --keep (closed)--> connected to port 9 of the loopback, the
          nothing is bound anew                       longest at rest is used first

To make, bind, watch and close two sockets costs a leg sixteen system calls, to keep them four. A
socket connected to nowhere takes nothing from outside: the system answers as for a closed port.
What still waits in it from before is thrown away by the media thread, for which it is no leg.
"""

from kernel cimport linux
from kernel.linux cimport epoll_event, sockaddr
from kernel.media.state cimport IDLE, Engine, Leg
from libc.stdint cimport uint64_t
from libc.string cimport memset


cdef void watch_fd(Engine* engine, int fd, uint64_t key) noexcept nogil:
    """Have the thread woken by a descriptor, and told its key."""
    cdef epoll_event event
    event.events = linux.EPOLLIN
    event.data.u64 = key
    linux.epoll_ctl(engine.epoll, linux.EPOLL_CTL_ADD, fd, &event)


cdef void watch_sockets(Engine* engine, int slot) noexcept nogil:
    """Have the thread woken by a leg's sockets, from now until they are closed."""
    cdef Leg* leg = &engine.legs[slot]
    if not leg.is_watched:
        leg.is_watched = True
        watch_fd(engine, leg.rtp, 2 * slot)
        watch_fd(engine, leg.rtcp, 2 * slot + 1)


cdef bint keep(Engine* engine, Leg* leg) noexcept nogil:
    """Connect both to nowhere; False where they cannot be, and must be closed instead."""
    cdef const sockaddr* nowhere = <sockaddr*>engine.nowhere.octets
    if not engine.nowhere.length or linux.connect(leg.rtp, nowhere, engine.nowhere.length) or (
            linux.connect(leg.rtcp, nowhere, engine.nowhere.length)):
        return False
    leg.state = IDLE
    return True


cdef bint use_again(Leg* leg) noexcept:
    """Make a new leg of a kept one, and let its sockets hear again; False where they cannot."""
    cdef sockaddr anyone
    cdef Leg anew
    memset(&anew, 0, sizeof(Leg))
    anew.rtp, anew.rtcp, anew.port, anew.is_watched = leg.rtp, leg.rtcp, leg.port, True
    leg[0] = anew           # in one go: the media thread may look at its sockets meanwhile
    memset(&anyone, 0, sizeof(sockaddr))
    anyone.sa_family = linux.AF_UNSPEC
    return not (linux.connect(leg.rtp, &anyone, sizeof(sockaddr))
                or linux.connect(leg.rtcp, &anyone, sizeof(sockaddr)))
