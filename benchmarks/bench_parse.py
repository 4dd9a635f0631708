"""Microseconds to read a SIP INVITE, ours beside sipmessage and a plain Python split, same run.

python -m benchmarks.bench_parse          the lines of `make bench`
pytest benchmarks/bench_parse.py --benchmark-enable -n0
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import sipmessage

from benchmarks.promise import line
from pbx.sip.message.check import check
from pbx.sip.message.framing import Stream
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Message, parse
from tests.pbx.sip.wire import UDP, Notebook, answer, ask, asked, lines

ROUNDS, SHORTEST_S = 5, 0.05

BODY = b"".join(
    part + b"\r\n"
    for part in (
        b"v=0", b"o=ann 2890844526 2890844526 IN IP4 192.0.2.101", b"s=-",
        b"c=IN IP4 192.0.2.101", b"t=0 0", b"m=audio 49172 RTP/AVP 8 0 101",
        b"a=rtpmap:8 PCMA/8000", b"a=rtpmap:0 PCMU/8000", b"a=rtpmap:101 telephone-event/8000",
        b"a=fmtp:101 0-16", b"a=ptime:20", b"a=sendrecv",
    )
)  # fmt: skip
INVITE = lines(
    "INVITE sip:4001@pbx.example.com:5060 SIP/2.0",
    "Via: SIP/2.0/UDP 192.0.2.101:5062;branch=z9hG4bK-524287-1---0a1b2c3d4e5f;rport",
    "Max-Forwards: 70",
    "Contact: <sip:ann@192.0.2.101:5062;transport=udp>",
    "To: <sip:4001@pbx.example.com:5060>",
    'From: "Ann Example" <sip:ann@pbx.example.com>;tag=9fxced76sl',
    "Call-ID: 3848276298220188511@192.0.2.101",
    "CSeq: 1 INVITE",
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO",
    "Supported: timer, 100rel, replaces",
    "User-Agent: Benchmark/1.0",
    "Content-Type: application/sdp",
    f"Content-Length: {len(BODY)}",
    body=BODY,
)


def ours_structure() -> Message:
    return parse(INVITE)


def ours_values() -> tuple[object, ...]:
    message = parse(INVITE)
    check(message)
    return (
        message.via, message.from_address, message.to_address,
        message.call_id, message.cseq, message.contacts,
    )  # fmt: skip


def ours_stream() -> list[bytes]:
    return Stream().feed(INVITE, 0)


def sipmessage_structure() -> Any:
    return sipmessage.Message.parse(INVITE)


def sipmessage_values() -> tuple[object, ...]:
    message = sipmessage.Message.parse(INVITE)
    return (
        message.via, message.from_address, message.to_address,
        message.call_id, message.cseq, message.contact,
    )  # fmt: skip


def split_structure() -> tuple[list[str], dict[str, list[str]], str]:
    head, _, body = INVITE.decode().partition("\r\n\r\n")
    first, *rest = head.split("\r\n")
    found: dict[str, list[str]] = {}
    for text in rest:
        name, _, value = text.partition(":")
        found.setdefault(name.strip().lower(), []).append(value.strip())
    return first.split(" ", 2), found, body


def queue_call() -> Notebook:
    """The transactions of one queue call: INVITE, 200 and ACK on both legs, two BYEs."""
    book = Notebook()
    book.hear(ask())
    book.servers[0].respond(Reply(200, "near", body=BODY), 0)
    book.hear(ask("ACK", branch="b", to_tag="near"))
    book.layer.request(asked(), UDP, 0)
    invite = book.wire[-1]
    book.hear(answer(invite, 180))
    book.hear(answer(invite, 200))
    book.layer.ack(asked("ACK"), UDP)
    book.hear(ask("BYE", branch="c", to_tag="near"))
    book.servers[1].respond(Reply(200), 0)
    book.layer.request(asked("BYE"), UDP, 0)
    book.hear(answer(book.wire[-1], 200))
    return book


def microseconds(work: Callable[[], object]) -> float:
    """CPU time of one call, the best of some rounds."""
    count, best = 1, float("inf")
    while True:
        began = time.process_time()
        for _ in range(count):
            work()
        took = time.process_time() - began
        if took >= SHORTEST_S:
            break
        count *= 4
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(count):
            work()
        best = min(best, time.process_time() - began)
    return best / count * 1e6


def main() -> None:
    plain = microseconds(split_structure)
    structure = microseconds(ours_structure)
    print(line("parse us (sipmessage)", structure, peer=microseconds(sipmessage_structure), most=4))
    print(line("parse us (plain split)", structure, peer=plain, most=4))
    values = microseconds(ours_values)
    theirs = microseconds(sipmessage_values)
    print(line("parse, check, 6 values us (sipmessage)", values, peer=theirs, most=20))
    print(line("cut from a stream us", microseconds(ours_stream), most=8))
    print(line("transactions of a queue call us", microseconds(queue_call), most=450))


def test_the_structure(benchmark: Any) -> None:
    assert benchmark(ours_structure).method == "INVITE"


def test_six_values(benchmark: Any) -> None:
    assert len(benchmark(ours_values)) == 6


def test_six_values_by_sipmessage(benchmark: Any) -> None:
    assert len(benchmark(sipmessage_values)) == 6


def test_the_structure_by_a_plain_split(benchmark: Any) -> None:
    assert len(benchmark(split_structure)) == 3


if __name__ == "__main__":
    main()
