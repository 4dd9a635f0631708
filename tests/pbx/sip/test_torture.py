"""Messages of RFC 4475 that the shared set lacks, byte by byte, and others of their kinds."""

from __future__ import annotations

import pytest

from tests.pbx.sip.ends import PHONE, STRANGER, Bench, Caller, Device, codes, reply, sdp
from tests.pbx.sip.wire import lines

METHOD = "!interesting-Method0123456789_*+`.%indeed'~"
ODD = "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"


def intmeth(display: bytes = b"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f") -> bytes:
    """RFC 4475 section 3.1.1.2."""
    return lines(
        f"{METHOD} {ODD}:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
        "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~",
        f'To: "DISPLAY" <{ODD}@example.com>',
        "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>"
        ";fromParam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-.",
        "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
        f"CSeq: 139122385 {METHOD}",
        "Max-Forwards: 255",
        "extensionHeader-!.%*+_`'~:大停電",
        "Content-Length: 0",
    ).replace(b"DISPLAY", display)


def test_control_characters_may_stand_in_quoted_pairs() -> None:
    (said,) = Bench().hears(intmeth(), STRANGER)
    assert said.code == 405 and "INVITE" in (said.header("allow") or "")
    assert b'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_' in said.head.data


@pytest.mark.parametrize(
    "display",
    [b"BEL:\x07", b"BEL:\\\\\x07", b"LF:\\\nx", b"CR:\\\rx", b'" \\\x07 "', b"\\\x07 \x07"],
)
def test_control_characters_outside_of_quoted_pairs_are_refused(display: bytes) -> None:
    assert codes(Bench().hears(intmeth(display), STRANGER)) == [400]


def test_a_name_with_quoted_controls_reaches_the_exchange_without_them() -> None:
    bench, caller = Bench(), Caller()
    data = caller.invite().replace(b'"Carol"', b'"Ca\\\x1b\\\x00rol\\"\\\x7f"')
    assert data != caller.invite()
    bench.hears(data)
    (fact,) = bench.tells()
    assert getattr(fact, "name", None) == 'Carol"'


def test_a_call_id_has_no_quoted_pairs() -> None:
    data = Caller().invite().replace(b"Call-ID: c1@", b'Call-ID: "\\\x00"c1@')
    assert codes(Bench().hears(data)) == [400]


def badinv01(via: str, contact: str) -> bytes:
    """RFC 4475 section 3.1.2.1."""
    return lines(
        "INVITE sip:user@example.com SIP/2.0",
        "To: sip:j.user@example.com",
        "From: sip:caller@example.net;tag=134161461246",
        "Max-Forwards: 7",
        "Call-ID: badinv01.0ha0isndaksdjasdf3234nas",
        "CSeq: 8 INVITE",
        f"Via: SIP/2.0/UDP {via}",
        f"Contact: {contact}",
        f"Content-Length: {len(sdp())}",
        "Content-Type: application/sdp",
        body=sdp(),
    )


@pytest.mark.parametrize(
    ("via", "contact"),
    [
        ("192.0.2.15;;,;,,", '"Joe" <sip:joe@example.org>;;;;'),
        ("192.0.2.15;branch=z9hG4bKa", '"Joe" <sip:joe@example.org>;;;;'),
        ("192.0.2.15;;branch=z9hG4bKa", "<sip:joe@example.org>"),
        ("192.0.2.15;branch=z9hG4bKa,,", "<sip:joe@example.org>"),
        ("192.0.2.15;branch=z9hG4bKa", "<sip:joe@example.org>,,<sip:jim@example.org>"),
        ("192.0.2.15;branch=z9hG4bKa", "<sip:joe@example.org>;q=1;;expires=5"),
    ],
)
def test_separators_with_nothing_between_them_are_refused(via: str, contact: str) -> None:
    assert codes(Bench().hears(badinv01(via, contact), STRANGER)) == [400]


def test_the_same_message_without_them_is_sound() -> None:
    data = badinv01("192.0.2.15;branch=z9hG4bKa", "<sip:joe@example.org>;q=1;")
    assert codes(Bench().hears(data, STRANGER)) == [401]


@pytest.mark.parametrize("header", ['Require: "open', "Require: <open", 'Proxy-Require: "open'])
def test_a_list_that_cannot_be_read_is_answered_and_no_fault(header: str) -> None:
    said = codes(Bench().hears(Caller().invite(header)))
    assert said in ([400], [])  # a proxy's list is none of ours


def test_a_path_that_cannot_be_read_is_refused() -> None:
    assert codes(Bench().hears(Device().register('Path: "open'), PHONE)) == [400]


INSTANCE = '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"'


@pytest.mark.parametrize(
    "contact",
    [
        f"<URI;line=k3>;reg-id=1;{INSTANCE}",
        f'"a, <b>" <URI;line=k3>;{INSTANCE}',
        f'"\\" <sip:x@y>" <URI;line=k3>;{INSTANCE};q="0.5"',
    ],
)
def test_a_contact_is_the_uri_in_its_own_brackets(contact: str) -> None:
    bench = Bench()
    ring = bench.rings()
    (invite,) = bench.says()
    told = contact.replace("URI", "sip:201@Phone.example:5062")
    (ack,) = bench.hears(reply(invite, 200, body=sdp(host="192.0.2.31"), contact=told), PHONE)
    bench.agent.release(ring.leg, 16, bench.now)
    (bye,) = bench.says()
    assert [ack.uri, bye.uri] == ["sip:201@Phone.example:5062;line=k3"] * 2


def test_a_contact_without_brackets_ends_where_its_parameters_begin() -> None:
    bench = Bench()
    bench.rings()
    (invite,) = bench.says()
    contact = f"sip:201@192.0.2.31;reg-id=1;{INSTANCE}"
    answer = reply(invite, 200, body=sdp(host="192.0.2.31"), contact=contact)
    (ack,) = bench.hears(answer, PHONE)
    assert ack.uri == "sip:201@192.0.2.31"


@pytest.mark.parametrize(
    ("route", "uri", "rest"),
    [
        ("<sip:p.example;lr>", "sip:5551000@192.0.2.20:5060", "<sip:p.example;lr>"),
        ("<sip:p.example;LR=on>", "sip:5551000@192.0.2.20:5060", "<sip:p.example;LR=on>"),
        ("<sip:p.example;x=;lrx>", "sip:p.example;x=;lrx", "<sip:5551000@192.0.2.20:5060>"),
        ('"<sip:a;lr>" <sip:p.example>', "sip:p.example", "<sip:5551000@192.0.2.20:5060>"),
    ],
)
def test_whether_a_proxy_is_loose_says_its_uri(route: str, uri: str, rest: str) -> None:
    bench, caller = Bench(), Caller()
    bench.hears(caller.invite(f"Record-Route: {route}"))
    leg = bench.tells()[-1].leg  # type: ignore[union-attr]
    bench.agent.answer(leg, 0, bench.now)
    caller.takes(bench.says()[0])
    bench.hears(caller.ack())
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert (bye.uri, bye.header("route")) == (uri, rest)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (("Accept: text/plain", "Accept: application/sdp;level=1"), 0),
        (("Accept: application/dialog-info+xml, text/*",), 406),
        (('Accept: text/x;a="application/sdp, */*"',), 406),
        (("Accept: APPLICATION/*",), 0), (("Accept:",), 0), (('Accept: "open',), 0),
    ],
)  # fmt: skip
def test_what_a_caller_takes_is_read_over_all_lines(headers: tuple[str, ...], code: int) -> None:
    said = codes(Bench().hears(Caller().invite(*headers)))
    assert said == ([code] if code else [])


def test_what_a_caller_supports_is_a_word_and_not_a_part_of_one() -> None:
    for headers, is_timed in (
        (("Supported: x-timer, timers",), False), (("Supported: a", "Supported: timer"), True),
        (('Supported: "timer', "Supported: b"), False),
    ):  # fmt: skip
        bench = Bench()
        bench.hears(Caller().invite(*headers))
        bench.agent.answer(bench.tells()[-1].leg, 0, bench.now)  # type: ignore[union-attr]
        assert ("timer" in (bench.says()[-1].header("require") or "")) is is_timed
