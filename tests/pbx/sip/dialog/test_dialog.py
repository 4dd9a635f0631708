"""Dialogs as data: routes, targets, NAT, and what a later process can do with one."""

from __future__ import annotations

import msgspec
import pytest

from pbx.sip.dialog.dialog import farewell, named, of_answer, of_invite, place_of, toward, unpack
from pbx.sip.message.received import Flow, parse
from tests.pbx.sip.ends import GATEWAY, PHONE, Bench, Caller, reply
from tests.pbx.sip.wire import received

ROUTES = ("Record-Route: <sip:198.51.100.1;lr>", "Record-Route: <sip:198.51.100.2:5070;lr>")


def test_a_callees_dialog_keeps_the_routes_in_their_order() -> None:
    dialog = of_invite(received(Caller().invite(*ROUTES), GATEWAY), "ours")
    bye = dialog.request("BYE")
    assert bye.uri == "sip:5551000@192.0.2.20:5060"
    assert ("Route", "<sip:198.51.100.1;lr>, <sip:198.51.100.2:5070;lr>") in bye.headers
    assert dialog.hop == Flow("udp", "198.51.100.1", 5060)
    assert dialog.local.endswith(";tag=ours")


def test_a_callers_dialog_turns_them_round() -> None:
    bench = Bench()
    bench.rings()
    (invite,) = bench.says()
    data = reply(invite, 200, headers=[("Record-Route", "<sip:198.51.100.1;lr>, <sip:x;lr>")])
    dialog = of_answer(received(data, PHONE), PHONE, local_tag="ours")
    assert dialog.routes == ["<sip:x;lr>", "<sip:198.51.100.1;lr>"]
    assert dialog.hop == PHONE


def test_a_strict_router_gets_the_request_addressed_to_itself() -> None:
    dialog = of_invite(
        received(Caller().invite("Record-Route: <sip:198.51.100.1>"), GATEWAY), "ours"
    )
    bye = dialog.request("BYE")
    assert bye.uri == "sip:198.51.100.1"
    assert ("Route", "<sip:5551000@192.0.2.20:5060>") in bye.headers


def test_an_ack_keeps_the_number_of_its_invite() -> None:
    dialog = of_invite(received(Caller().invite(), GATEWAY), "ours")
    numbers = [dict(request.headers)["CSeq"] for request in (
        dialog.request("BYE"), dialog.ack(1), dialog.request("INFO"))]  # fmt: skip
    assert numbers == ["1 BYE", "1 ACK", "2 INFO"]


def test_a_dialog_packed_and_unpacked_is_the_same() -> None:
    dialog = of_invite(received(Caller().invite(*ROUTES), GATEWAY), "ours")
    assert unpack(dialog.pack()) == dialog
    assert len(dialog.pack()) < 480
    with pytest.raises(msgspec.DecodeError):
        unpack(b"\x00")


def test_a_stream_is_not_unpacked_with_the_number_it_had() -> None:
    stream = Flow("tcp", GATEWAY.host, 40_000, 7)
    dialog = of_invite(received(Caller(flow=stream).invite(), stream), "ours")
    assert dialog.hop == stream
    assert unpack(dialog.pack()).hop == Flow("tcp", GATEWAY.host, 40_000)


def test_the_farewell_of_a_leg_not_answered_yet_is_a_refusal_and_a_bye() -> None:
    dialog = unpack(of_invite(received(Caller().invite(), GATEWAY), "ours").pack())
    bye, final = farewell(dialog, 503)
    assert final is not None
    refused = parse(final)
    assert (refused.code, refused.to_tag, refused.cseq_method) == (503, "ours", "INVITE")
    assert refused.branch == "z9hG4bKc1inv" and dict(bye.headers)["CSeq"] == "1001 BYE"


@pytest.mark.parametrize(
    ("uri", "flow", "natted", "there"),
    [
        ("sip:a@192.0.2.9", PHONE, False, Flow("udp", "192.0.2.9", 5060)),
        ("sip:a@192.0.2.9:7", PHONE, True, PHONE),
        ("sip:a@host.example", PHONE, False, PHONE),
        ("sip:a@192.0.2.9;transport=tcp", PHONE, False, Flow("tcp", "192.0.2.9", 5060)),
        ("sip:a@192.0.2.9;transport=odd", PHONE, False, Flow("udp", "192.0.2.9", 5060)),
        ("sip:a@[2001:db8::1]:9", PHONE, False, Flow("udp", "2001:db8::1", 9)),
        ("tel:+1", PHONE, False, PHONE),
        ("rubbish", PHONE, False, PHONE),
        ("sip:a@192.0.2.9", Flow("tcp", "1.2.3.4", 5, 6), False, Flow("tcp", "1.2.3.4", 5, 6)),
    ],
)
def test_requests_go_where_the_target_is_or_was_heard(
    uri: str, flow: Flow, natted: bool, there: Flow
) -> None:
    assert toward(uri, flow, natted=natted) == there


def test_a_name_without_letters_that_can_be_shown_is_quoted_away() -> None:
    assert named('a"\\\r\n', "2 1", place="h:1") == '"a\\"\\\\" <sip:2%201@h:1>'
    assert named("", "", place="h:1") == "<sip:h:1>"
    assert place_of("::1", 5060) == "[::1]:5060"
