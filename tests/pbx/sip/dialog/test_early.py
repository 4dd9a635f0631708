"""Early dialogs by bytes: forks with answers of their own, UPDATE and PRACK in each, and 199."""

from __future__ import annotations

import pytest

from pbx.events import Alerting, Answered, Held, Released
from pbx.sip.dialog.early import EARLY_MAX
from pbx.sip.message.received import Flow, Message
from tests.pbx.sip.ends import PHONE, Bench, ask_in, codes, reply, sdp

RELIABLE = ("Require", "100rel")


def at(port: int, extra: str = "a=sendrecv\r\n") -> bytes:
    """A description of a fork that listens on a port."""
    return sdp(port, host="192.0.2.31", extra=extra)


def called(bench: Bench) -> tuple[Message, int]:
    """Our INVITE and its leg."""
    leg = bench.rings().leg
    (invite,) = bench.says()
    return invite, leg


def early(bench: Bench, invite: Message, tag: str, port: int, rseq: int = 1) -> Message:
    """A reliable 183 with sound of a fork; our PRACK to it, which the fork takes."""
    headers = [RELIABLE, ("RSeq", str(rseq))]
    said = reply(invite, 183, tag=tag, body=at(port), headers=headers)
    (prack,) = bench.hears(said, PHONE)
    assert (prack.method, prack.to_tag) == ("PRACK", tag)
    bench.hears(reply(prack, 200), PHONE)
    return prack


@pytest.mark.parametrize("body", [b"", at(4200)])
def test_the_fork_that_answers_is_heard_by_its_own_early_answer(body: bytes) -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "a", 4100)
    early(bench, invite, "b", 4200)
    assert bench.tells() == [Alerting(leg, True)] and bench.ears.last(leg)[1] == 4100
    (ack,) = bench.hears(reply(invite, 200, tag="b", body=body), PHONE)
    assert (ack.method, ack.to_tag, ack.cseq) == ("ACK", "b", 1)
    assert bench.ears.last(leg)[1] == 4200
    assert [type(fact) for fact in bench.tells()] == [Answered]


def test_once_one_fork_has_answered_the_others_are_of_no_dialog() -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "a", 4100)
    early(bench, invite, "b", 4200)
    bench.hears(reply(invite, 200, tag="b"), PHONE)
    assert codes(bench.hears(ask_in(invite, "UPDATE", body=at(4300), tag="a"), PHONE)) == [481]
    assert bench.ears.last(leg)[1] == 4200


def test_who_wants_ever_longer_sessions_is_not_called_for_ever() -> None:
    bench = Bench()
    invite, leg = called(bench)
    for seconds in range(2000, 2020):
        said = bench.hears(reply(invite, 422, headers=[("Min-SE", str(seconds))]), PHONE)
        invite = said[-1]
        if invite.method == "ACK":
            break
    assert invite.cseq == 6 and bench.tells()[-1].leg == leg


def test_a_fork_without_any_description_cannot_answer_with_that_of_another() -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "a", 4100)
    assert codes(bench.hears(reply(invite, 200, tag="b"), PHONE)) == ["ACK", "BYE"]
    assert bench.tells()[-1] == Released(leg, 88, 488, True)


@pytest.mark.parametrize("code", [180, 183, 200])
def test_a_second_description_in_a_dialog_is_passed_over(code: int) -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "a", 4100)
    bench.hears(reply(invite, code, tag="a", body=at(4900)), PHONE)
    assert bench.ears.last(leg)[1] == 4100


def test_a_description_that_cannot_be_used_is_no_answer_and_a_later_one_is() -> None:
    bench = Bench()
    invite, leg = called(bench)
    for first in (sdp(formats="18"), b"v=0\r\nx", sdp(0)):
        bench.hears(reply(invite, 183, tag="a", body=first), PHONE)
    assert bench.tells() == []
    bench.hears(reply(invite, 200, tag="a", body=at(4300)), PHONE)
    assert bench.ears.last(leg)[1] == 4300


def test_pracks_are_counted_in_each_dialog_and_so_is_what_follows_the_answer() -> None:
    bench = Bench()
    invite, leg = called(bench)
    first = [early(bench, invite, "a", 4100, rseq) for rseq in (7, 8)]
    other = early(bench, invite, "b", 4200, 1)
    assert [prack.cseq for prack in (*first, other)] == [2, 3, 2]
    assert [prack.header("rack") for prack in first] == ["7 1 INVITE", "8 1 INVITE"]
    (ack,) = bench.hears(reply(invite, 200, tag="a"), PHONE)
    assert ack.cseq == 1
    bench.agent.release(leg, 16, bench.now)
    (bye,) = bench.says()
    assert bye.cseq == 4


def test_the_bye_to_a_second_answer_comes_after_the_pracks_of_its_dialog() -> None:
    bench = Bench()
    invite, _ = called(bench)
    early(bench, invite, "a", 4100)
    prack = early(bench, invite, "b", 4200)
    bench.hears(reply(invite, 200, tag="a"), PHONE)
    ack, bye = bench.hears(reply(invite, 200, tag="b"), PHONE)
    assert (ack.method, ack.cseq, bye.method) == ("ACK", 1, "BYE")
    assert bye.cseq > prack.cseq and bye.to_tag == "b"


@pytest.mark.parametrize("rseq", ["0", "9", "7", "x", "4294967296"])
def test_a_reliable_response_out_of_order_is_neither_acknowledged_nor_used(rseq: str) -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "b", 4100, 7)
    bench.tells()
    headers = [RELIABLE, ("RSeq", rseq)]
    assert bench.hears(reply(invite, 183, tag="b", body=at(4200), headers=headers), PHONE) == []
    assert bench.ears.last(leg)[1] == 4100


def test_no_more_early_dialogs_are_remembered_than_allowed() -> None:
    bench = Bench()
    invite, _ = called(bench)
    for number in range(EARLY_MAX):
        early(bench, invite, f"t{number}", 4100 + 2 * number)
    headers = [RELIABLE, ("RSeq", "1")]
    assert bench.hears(reply(invite, 183, tag="more", body=at(4000), headers=headers), PHONE) == []
    bench.hears(reply(invite, 199, tag="t3"), PHONE)
    early(bench, invite, "more", 4000)


# ---- 199


def test_a_fork_that_is_over_is_no_longer_heard_and_the_next_one_is() -> None:
    bench = Bench()
    invite, leg = called(bench)
    assert "199" in (invite.header("supported") or "")
    early(bench, invite, "a", 4100)
    early(bench, invite, "b", 4200)
    assert bench.hears(reply(invite, 199, tag="a"), PHONE) == []
    assert bench.ears.last(leg)[1] == 4200
    assert codes(bench.hears(ask_in(invite, "UPDATE", tag="a"), PHONE)) == [481]
    bench.hears(reply(invite, 200, tag="b"), PHONE)
    assert [type(fact) for fact in bench.tells()] == [Alerting, Answered]


def test_after_the_only_fork_is_over_the_next_one_that_rings_is_heard() -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "a", 4100)
    headers = [RELIABLE, ("RSeq", "2"), ("Reason", "SIP;cause=486")]
    (prack,) = bench.hears(reply(invite, 199, tag="a", headers=headers), PHONE)
    assert prack.header("rack") == "2 1 INVITE"
    early(bench, invite, "b", 4200)
    assert bench.ears.last(leg)[1] == 4200
    bench.hears(reply(invite, 199, tag="unknown"), PHONE)
    assert bench.tells() == [Alerting(leg, True)]


def test_a_device_that_refuses_is_no_longer_heard_and_the_other_is() -> None:
    bench = Bench()
    other = Flow("udp", "192.0.2.32", 5060)
    leg = bench.rings(PHONE, other).leg
    one, two = bench.says()
    early(bench, one, "a", 4100)
    bench.hears(reply(two, 183, tag="b", body=at(4200)), other)
    assert bench.ears.last(leg)[1] == 4100
    bench.hears(reply(one, 486, tag="a"), PHONE)
    assert bench.ears.last(leg)[1] == 4200
    assert codes(bench.hears(ask_in(one, "UPDATE", tag="a"), PHONE)) == [481]


def test_an_invite_sent_anew_has_early_dialogs_anew() -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "a", 4100, 7)
    _, again = bench.hears(reply(invite, 422, tag="a", headers=[("Min-SE", "3600")]), PHONE)
    prack = early(bench, again, "a", 4300, 1)
    assert (prack.cseq, prack.header("rack")) == (3, "1 2 INVITE")
    assert bench.ears.last(leg)[1] == 4300
    bench.hears(reply(again, 200, tag="a"), PHONE)
    assert bench.tells()[0] == Alerting(leg, True) and leg in bench.agent.legs


# ---- UPDATE before the answer


def test_an_update_before_the_answer_moves_the_sound() -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "a", 4100)
    (ok,) = bench.hears(ask_in(invite, "UPDATE", body=at(4300), tag="a"), PHONE)
    assert (ok.code, ok.header("content-type")) == (200, "application/sdp")
    assert b"RTP/AVP 8 101" in ok.body
    assert bench.ears.last(leg)[1] == 4300
    bench.hears(reply(invite, 200, tag="a"), PHONE)
    assert bench.ears.last(leg)[1] == 4300
    assert codes(bench.hears(ask_in(invite, "BYE", cseq=2, tag="a"), PHONE)) == [200]


def test_an_update_of_a_fork_that_is_not_heard_counts_when_it_answers() -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "a", 4100)
    early(bench, invite, "b", 4200)
    held = at(4300, "a=sendonly\r\n")
    (ok,) = bench.hears(ask_in(invite, "UPDATE", body=held, tag="b"), PHONE)
    assert ok.code == 200 and b"a=recvonly" in ok.body
    assert bench.ears.last(leg)[1] == 4100
    bench.hears(reply(invite, 200, tag="b"), PHONE)
    assert bench.ears.last(leg)[1] == 4300
    assert bench.tells()[-1] == Held(leg)


def test_each_dialog_counts_the_changes_of_our_description_by_itself() -> None:
    bench = Bench()
    invite, _ = called(bench)
    early(bench, invite, "a", 4100)
    early(bench, invite, "b", 4200)
    origins = []
    for tag, extra in (("a", "a=sendonly\r\n"), ("b", "a=inactive\r\n")):
        (ok,) = bench.hears(ask_in(invite, "UPDATE", body=at(4300, extra), tag=tag), PHONE)
        origins.append(ok.body.split(b"\r\n")[1].split()[2])
    assert origins == [b"2", b"2"]


@pytest.mark.parametrize(
    "headers", [(), ("Session-Expires: 1800;refresher=uac", "Supported: timer")]
)
def test_an_update_without_an_offer_says_where_requests_go(headers: tuple[str, ...]) -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "a", 4100)
    moved = ask_in(invite, "UPDATE", *headers, tag="a").replace(b"2.31:5062>", b"2.31:5099>")
    (ok,) = bench.hears(moved, PHONE)
    assert (ok.code, ok.body, ok.header("session-expires")) == (200, b"", None)
    nowhere = reply(invite, 200, tag="a").replace(b"Contact: <sip:201@192.0.2.31:5062>\r\n", b"")
    (ack,) = bench.hears(nowhere, PHONE)
    assert (ack.uri, ack.flow and ack.flow.port) == ("sip:201@192.0.2.31:5099", 5099)
    assert leg in bench.agent.legs


@pytest.mark.parametrize(
    ("body", "code"), [(sdp(formats="18"), 488), (b"v=0\r\nx", 400), (sdp(host="0.1.2.3"), 488)]
)
def test_an_offer_before_the_answer_that_cannot_be_taken_changes_nothing(
    body: bytes, code: int
) -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "a", 4100)
    assert codes(bench.hears(ask_in(invite, "UPDATE", body=body, tag="a"), PHONE)) == [code]
    assert bench.ears.last(leg)[1] == 4100


def test_an_offer_while_ours_is_open_is_glare() -> None:
    bench = Bench()
    invite, _ = called(bench)
    bench.hears(reply(invite, 180, tag="a"), PHONE)
    assert codes(bench.hears(ask_in(invite, "UPDATE", body=at(1), tag="a"), PHONE)) == [491]
    assert codes(bench.hears(ask_in(invite, "UPDATE", cseq=2, tag="a"), PHONE)) == [200]


@pytest.mark.parametrize(
    ("method", "code"),
    [("OPTIONS", 200), ("INVITE", 491), ("PRACK", 481), ("NOTIFY", 481), ("REFER", 500),
     ("INFO", 500), ("SUBSCRIBE", 405)],
)  # fmt: skip
def test_other_requests_before_the_answer_have_theirs(method: str, code: int) -> None:
    bench = Bench()
    invite, _ = called(bench)
    early(bench, invite, "a", 4100)
    assert codes(bench.hears(ask_in(invite, method, cseq=5, tag="a"), PHONE)) == [code]
    assert codes(bench.hears(ask_in(invite, "UPDATE", cseq=4, tag="a"), PHONE)) == [500]
    assert codes(bench.hears(ask_in(invite, "UPDATE", cseq=6, tag="stranger"), PHONE)) == [481]


def test_a_bye_before_the_answer_ends_that_dialog_only() -> None:
    bench = Bench()
    invite, leg = called(bench)
    early(bench, invite, "a", 4100)
    early(bench, invite, "b", 4200)
    assert codes(bench.hears(ask_in(invite, "BYE", tag="a"), PHONE)) == [200]
    assert bench.ears.last(leg)[1] == 4200 and leg in bench.agent.legs


# ---- what an answer lacks


@pytest.mark.parametrize("code", [180, 183, 200])
def test_without_a_contact_the_far_end_is_where_the_invite_went(code: int) -> None:
    bench = Bench()
    invite, leg = called(bench)
    headers = [RELIABLE, ("RSeq", "1")] if code < 200 else []
    said = reply(invite, code, tag="a", body=at(4100), headers=headers)
    (asked,) = bench.hears(said.replace(b"Contact: <sip:201@192.0.2.31:5062>\r\n", b""), PHONE)
    assert asked.method == ("ACK" if code == 200 else "PRACK")
    assert (asked.uri, asked.flow) == (invite.uri, PHONE)
    bench.agent.release(leg, 16, bench.now)
    (end,) = bench.says()
    assert (end.method, end.uri) == ("BYE" if code == 200 else "CANCEL", invite.uri)


def test_an_answer_without_a_tag_makes_a_dialog_of_the_old_kind() -> None:
    bench = Bench()
    invite, leg = called(bench)
    (ack,) = bench.hears(reply(invite, 200, tag="", body=at(4100)), PHONE)
    assert (ack.method, ack.to) == ("ACK", invite.to)
    bye = ask_in(invite, "BYE").replace(b";tag=p1", b"")
    assert codes(bench.hears(bye, PHONE)) == [200]
    assert bench.tells()[-1] == Released(leg, 16, 0, True)


def test_a_reliable_response_without_a_tag_is_of_no_dialog() -> None:
    bench = Bench()
    invite, _ = called(bench)
    headers = [RELIABLE, ("RSeq", "1")]
    assert bench.hears(reply(invite, 183, tag="", body=at(4100), headers=headers), PHONE) == []
    assert bench.tells() == []


@pytest.mark.parametrize(
    "change",
    [
        (b"CSeq: 1 INVITE", b"CSeq: 1 BYE"), (b"CSeq: 1 INVITE", b"CSeq: 2 INVITE"),
        (b"Call-ID: ", b"Call-ID: x"), (b"5060>;tag=", b"5060>;tag=x"),
        (b"From: ", b"Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKother\r\nFrom: "),
    ],
)  # fmt: skip
def test_an_answer_to_something_else_is_no_answer(change: tuple[bytes, bytes]) -> None:
    bench = Bench()
    invite, _ = called(bench)
    said = reply(invite, 200, body=at(4100))
    assert change[0] in said
    assert bench.hears(said.replace(*change, 1), PHONE) == []
    assert bench.tells() == []
    assert codes(bench.hears(said, PHONE)) == ["ACK"]


@pytest.mark.parametrize("kind", [b"text/plain", b"application/isup"])
def test_a_body_of_another_type_is_no_answer(kind: bytes) -> None:
    bench = Bench()
    invite, leg = called(bench)
    said = reply(invite, 183, body=at(4100)).replace(b"application/sdp", kind)
    bench.hears(said, PHONE)
    assert bench.tells() == []
    said = reply(invite, 200, body=at(4100)).replace(b"application/sdp", kind)
    assert codes(bench.hears(said, PHONE)) == ["ACK", "BYE"]
    assert bench.tells() == [Released(leg, 88, 488, True)]
