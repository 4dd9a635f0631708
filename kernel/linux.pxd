"""The Linux calls the kernel uses and Cython does not declare."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef extern from "<sys/socket.h>" nogil:
    ctypedef unsigned int socklen_t
    cdef struct sockaddr:
        unsigned short sa_family
    int AF_INET, AF_INET6, AF_UNSPEC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC
    int SOL_SOCKET, SO_RCVBUF, MSG_TRUNC, MSG_NOSIGNAL, MSG_DONTWAIT
    int socket(int family, int kind, int protocol)
    int bind(int fd, const sockaddr* address, socklen_t length)
    int connect(int fd, const sockaddr* address, socklen_t length)
    int setsockopt(int fd, int level, int name, const void* value, socklen_t length)
    ssize_t send(int fd, const void* data, size_t length, int flags)
    ssize_t sendto(int fd, const void* data, size_t length, int flags, const sockaddr* address,
                   socklen_t size)
    ssize_t recv(int fd, void* data, size_t length, int flags)
    ssize_t recvfrom(int fd, void* data, size_t length, int flags, sockaddr* address,
                     socklen_t* size)
    cdef struct iovec:
        void* iov_base
        size_t iov_len
    cdef struct msghdr:
        void* msg_name
        socklen_t msg_namelen
        iovec* msg_iov
        size_t msg_iovlen
    cdef struct mmsghdr:
        msghdr msg_hdr
        unsigned msg_len
    int recvmmsg(int fd, mmsghdr* heads, unsigned count, int flags, void* timeout)
    int sendmmsg(int fd, mmsghdr* heads, unsigned count, int flags)

cdef extern from "<netinet/in.h>" nogil:
    int IPPROTO_IP, IP_TOS, IPPROTO_IPV6, IPV6_TCLASS, IPV6_V6ONLY

cdef extern from "<unistd.h>" nogil:
    int close(int fd)
    ssize_t read(int fd, void* data, size_t length)

cdef extern from "<sys/epoll.h>" nogil:
    ctypedef union epoll_data_t:
        uint64_t u64
    cdef struct epoll_event:
        uint32_t events
        epoll_data_t data
    int EPOLLIN, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CLOEXEC
    int epoll_create1(int flags)
    int epoll_ctl(int epoll, int operation, int fd, epoll_event* event)
    int epoll_wait(int epoll, epoll_event* events, int count, int timeout_ms)

cdef extern from "<sys/eventfd.h>" nogil:
    int EFD_CLOEXEC, EFD_NONBLOCK
    int eventfd(unsigned int value, int flags)
    int eventfd_read(int fd, uint64_t* value)
    int eventfd_write(int fd, uint64_t value)

cdef extern from "<time.h>" nogil:
    cdef struct timespec:
        int64_t tv_sec
        int64_t tv_nsec
    cdef struct itimerspec:
        timespec it_interval
        timespec it_value
    int CLOCK_MONOTONIC
    int clock_gettime(int clock, timespec* now)

cdef extern from "<sys/timerfd.h>" nogil:
    int TFD_CLOEXEC, TFD_NONBLOCK, TFD_TIMER_ABSTIME
    int timerfd_create(int clock, int flags)
    int timerfd_settime(int fd, int flags, const itimerspec* value, itimerspec* old)

cdef extern from "<pthread.h>" nogil:
    ctypedef unsigned long pthread_t
    int pthread_create(pthread_t* thread, const void* attributes,
                       void* (*run)(void*) noexcept nogil,
                       void* argument)
    int pthread_join(pthread_t thread, void** result)
    pthread_t pthread_self()

cdef extern from "<sched.h>" nogil:
    cdef struct sched_param:
        int sched_priority
    int SCHED_FIFO
    int pthread_setschedparam(pthread_t thread, int policy, const sched_param* parameter)

cdef extern from "<signal.h>" nogil:
    ctypedef struct sigset_t:
        pass
    int SIG_SETMASK
    int sigfillset(sigset_t* signals)
    int pthread_sigmask(int how, const sigset_t* signals, sigset_t* old)
