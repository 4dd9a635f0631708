"""Media: CPU of bridged calls beside a bare UDP echo, delay and loss, and 1,000 legs of music.

One process carries the sound, another one (forked before) is both ends of all calls: 50 packets a
second each way, each with its number and time. Loopback; Asterisk is quoted from its baseline.
"""

from __future__ import annotations

import argparse
import array
import math
import multiprocessing
import os
import resource
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import NamedTuple

from benchmarks.promise import line, percentile
from kernel.media.control import Media, raise_descriptor_limit
from kernel.media.peer import Peer

CALLS, WAITING = 200, 1_000
PACKETS_PER_CALL = 100  # a second
HOST = "127.0.0.1"
SO_TIMESTAMPNS = 35  # Linux; the socket module does not name it
HEADER = struct.Struct("!BBHII")
STAMP = struct.Struct("!Iq")  # number of the packet, wall clock in ns
NUMBERS = 100  # packets that sound different
WARM_UP_S = 0.5
WARM_UP_PACKETS = 25  # of a leg
ASTERISK_CALL, ASTERISK_WAITING = 0.25, 170.0  # % of a core: per call, 1,000 waiting


class Carried(NamedTuple):
    """What a generator saw, and the CPU the carrier spent on it."""

    packets: int
    lost: int
    delay_p99_ms: float
    cpu_s: float


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def a_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((HOST, 0))
    sock.setblocking(False)
    return sock


def generate(pipe: Connection, count: int, *, seconds: float) -> None:
    """Be the far ends of `count` legs: tell their ports, learn the carrier's, send and receive."""
    raise_descriptor_limit()
    socks = [a_socket() for _ in range(count)]
    for sock in socks:
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    pipe.send([sock.getsockname()[1] for sock in socks])
    for sock, port in zip(socks, pipe.recv(), strict=True):
        sock.connect((HOST, port))
    run(socks, WARM_UP_S)
    pipe.send("warm")
    pipe.recv()
    pipe.send(run(socks, seconds, first=WARM_UP_PACKETS))


def run(
    socks: list[socket.socket], seconds: float, *, first: int = 0
) -> tuple[int, list[int]]:
    """Send on each socket every 20 ms, spread over the 20; returns packets sent and all delays."""
    epoll = select.epoll()
    for sock in socks:
        epoll.register(sock, select.EPOLLIN)
    by_fd = {sock.fileno(): sock for sock in socks}
    sent, delays, start = 0, array.array("q"), time.monotonic()
    for step in range(int(seconds * 1000)):
        due = start + step / 1000
        while (left := due - time.monotonic()) > 0:
            collect(epoll, by_fd, delays=delays, left=left)
        for sock in socks[step % 20 :: 20]:
            sock.send(packet(first + step // 20))
            sent += 1
    end = time.monotonic() + 0.3
    while (left := end - time.monotonic()) > 0:
        collect(epoll, by_fd, delays=delays, left=left)
    epoll.close()
    return sent, list(delays)


def level(number: int) -> int:
    """The octet that a packet's sound consists of, behind its stamp."""
    return 16 + number % NUMBERS


def packet(number: int) -> bytes:
    head = HEADER.pack(0x80, 0, number & 0xFFFF, number * 160, 7)
    sound = bytes([level(number)]) * (160 - STAMP.size)
    return head + STAMP.pack(number, time.time_ns()) + sound


def collect(
    epoll: select.epoll, by_fd: dict[int, socket.socket], *, delays: array.array[int], left: float
) -> None:
    """Take what has come; its time of arrival is the system's, not ours."""
    for fd, _ in epoll.poll(left):
        data, notes, _, _ = by_fd[fd].recvmsg(2048, 64)
        seconds, nanoseconds = struct.unpack("qq", notes[0][2])
        _, stamp = STAMP.unpack_from(data, HEADER.size)
        delays.append(seconds * 1_000_000_000 + nanoseconds - stamp)


def bridged(pipe: Connection) -> Carried:
    """Our media thread between the generator's pairs of legs."""
    ports = pipe.recv()
    media = Media(host=HOST, ports=(20_000, 29_999))
    media.start()
    pipe.send([media.open(leg) for leg in range(len(ports))])
    for leg, port in enumerate(ports):
        media.connect(leg, Peer(HOST, port, payload=0))
    for leg in range(0, len(ports), 2):
        media.bridge(leg, leg + 1)
    carried = measure(pipe)
    media.stop()
    return carried


def echo(pipe: Connection) -> Carried:
    """The least anyone must do: connected sockets, recv and send, in a forked Python loop."""
    ports = pipe.recv()
    result, far = multiprocessing.Pipe()
    if os.fork() == 0:
        serve_echo(pipe, far, ports=ports)
        os._exit(0)
    carried: Carried = result.recv()
    os.wait()
    return carried


def serve_echo(pipe: Connection, result: Connection, *, ports: list[int]) -> None:
    socks = [a_socket() for _ in ports]
    pipe.send([sock.getsockname()[1] for sock in socks])
    epoll = select.epoll()
    for sock, port in zip(socks, ports, strict=True):
        sock.connect((HOST, port))
        epoll.register(sock, select.EPOLLIN)
    by_fd = {sock.fileno(): sock for sock in socks}
    epoll.register(pipe, select.EPOLLIN)

    def work() -> None:
        while True:
            for fd, _ in epoll.poll():
                if fd == pipe.fileno():
                    return
                by_fd[fd].send(by_fd[fd].recv(2048))

    result.send(measure(pipe, work))


def measure(pipe: Connection, work: Callable[[], None] = lambda: None) -> Carried:
    """CPU of this process while the generator runs; `work` returns when the pipe has news."""
    work()
    assert pipe.recv() == "warm"
    before = cpu_s()
    pipe.send("go")
    work()
    sent, delays = pipe.recv()
    used = cpu_s() - before
    return Carried(sent, sent - len(delays), percentile(delays, 99) / 1e6, used)


def carry(carrier: Callable[[Connection], Carried], calls: int, *, seconds: float) -> Carried:
    ours, theirs = multiprocessing.Pipe()
    generator = multiprocessing.get_context("fork").Process(
        target=generate, args=(theirs, 2 * calls), kwargs={"seconds": seconds}, daemon=True
    )
    generator.start()
    carried = carrier(ours)
    generator.join()
    return carried


def resident_kib() -> int:
    """Exactly, unlike statm; what the system keeps for sockets is not in it, for anyone."""
    with open("/proc/self/smaps_rollup") as rollup:
        return next(int(entry.split()[1]) for entry in rollup if entry.startswith("Rss:"))


def wait_with_music(legs: int, seconds: float) -> tuple[float, float]:
    """% of a core and KiB per leg, `legs` silent callers hearing music."""
    socks = [a_socket() for _ in range(legs)]
    media = Media(host=HOST, ports=(20_000, 29_999))
    media.load(0, array.array("h", (round(8000 * math.sin(i / 9)) for i in range(80_000))))
    media.start()
    before_kib = resident_kib()
    for leg, sock in enumerate(socks):
        media.open(leg)
        media.connect(leg, Peer(HOST, sock.getsockname()[1], payload=8 if leg % 2 else 0))
        media.play(leg, 0)
    select.select([], [], [], WARM_UP_S)
    before, start = cpu_s(), time.monotonic()
    select.select([], [], [], seconds)
    used = 100 * (cpu_s() - before) / (time.monotonic() - start)
    grown = (resident_kib() - before_kib) / legs
    sent = sum(figures.packets_out for leg in range(legs) if (figures := media.figures(leg)))
    assert abs(sent / (legs * 50 * (time.monotonic() - start + WARM_UP_S)) - 1) < 0.05, sent
    media.stop()
    return used, grown


def rows(seconds: float) -> Iterator[str]:
    """name, ours, peer, ratio (peer / ours), target, ok."""
    ours = carry(bridged, CALLS, seconds=seconds)
    bare = carry(echo, CALLS, seconds=seconds)
    percent = 100 * ours.cpu_s / ours.packets * PACKETS_PER_CALL
    yield line("media_bridged_call_cpu_percent", percent, peer=ASTERISK_CALL, most=0.08, digits=3)
    each = [1e6 * one.cpu_s / one.packets for one in (ours, bare)]
    yield line("media_packet_cpu_us_beside_udp_echo", each[0], peer=each[1], most=None)
    yield line("media_lost_packets", ours.lost, peer=bare.lost, most=0)
    yield line("media_delay_p99_ms", ours.delay_p99_ms, peer=bare.delay_p99_ms, most=5)
    used, grown = wait_with_music(WAITING, seconds)
    yield line("media_1000_waiting_cpu_percent", used, peer=ASTERISK_WAITING, most=25)
    yield line("media_waiting_leg_kib", grown, peer=152, most=40)


def show(about: str | None, lines: Callable[[float], Iterator[str]]) -> None:
    """Print the lines of a benchmark that takes `--seconds` of sound."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--seconds", type=float, default=8.0)
    raise_descriptor_limit()
    for promise in lines(parser.parse_args().seconds):
        print(promise, flush=True)


if __name__ == "__main__":
    show(__doc__, rows)
