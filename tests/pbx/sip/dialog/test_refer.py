"""Transfers asked for by phones, by bytes and times: taken, refused, told of, cut short."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.events import Held, Released, TransferAsked
from pbx.sip.access.callers import Phone
from pbx.sip.dialog.leg import Line
from pbx.sip.dialog.refer import Wish, wish_of
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Flow, Message, parse
from tests.pbx.sip.ends import (
    CODECS,
    PHONE,
    Bench,
    Caller,
    ask_in,
    codes,
    reply,
    sdp,
    talking,
    up,
)
from tests.pbx.sip.wire import lines

TO_202 = "Refer-To: <sip:202@192.0.2.1>"
HELD = sdp(host="192.0.2.31", extra="a=sendonly\r\n")


class Transferor:
    """A phone in a call that we began."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.invite, self.leg = talking(self.bench)
        self._cseq = 0

    def asks(self, *headers: str, method: str = "REFER", body: bytes = b"") -> list[Message]:
        """Send a request in the dialog; what is said to it."""
        self._cseq += 1
        data = ask_in(self.invite, method, *headers, cseq=self._cseq, body=body)
        return self.bench.hears(data, PHONE)

    def takes(self, notify: Message, code: int = 200) -> list[Message]:
        """Answer a NOTIFY; what is said to that."""
        return self.bench.hears(reply(notify, code), PHONE)

    def result(self, code: int) -> list[Message]:
        """The exchange says how the transfer goes; what is said."""
        self.bench.agent.transfer_result(self.leg, code, self.bench.now)
        return self.bench.says()

    def transfers(self, *headers: str) -> None:
        """Ask for a transfer to 202, which is taken; the first NOTIFY is answered."""
        for said in self.asks(*(headers or (TO_202,)))[1:]:
            self.takes(said)
        assert self.bench.tells() == [TransferAsked(self.leg, "202")]


def told(message: Message) -> tuple[str | None, str | None, bytes]:
    """What a NOTIFY says: event, standing, the fragment."""
    assert message.method == "NOTIFY"
    assert message.header("content-type") == "message/sipfrag;version=2.0"
    return message.header("event"), message.header("subscription-state"), message.body


# ---- as it should be


def test_a_transfer_is_taken_and_the_phone_told_of_each_step() -> None:
    phone = Transferor()
    taken, trying = phone.asks(TO_202)
    assert (taken.code, taken.header("contact")) == (202, "<sip:192.0.2.1:5060>")
    assert told(trying) == ("refer", "active;expires=180", b"SIP/2.0 100 Trying\r\n")
    assert (trying.uri, trying.flow) == ("sip:201@192.0.2.31:5062", PHONE)
    assert phone.bench.tells() == [TransferAsked(phone.leg, "202")]
    phone.takes(trying)
    (ringing,) = phone.result(180)
    assert told(ringing) == ("refer", "active;expires=180", b"SIP/2.0 180 Ringing\r\n")
    assert ringing.cseq == trying.cseq + 1
    phone.takes(ringing)
    (done,) = phone.result(200)
    assert told(done) == ("refer", "terminated;reason=noresource", b"SIP/2.0 200 OK\r\n")
    phone.takes(done)
    phone.bench.agent.release(phone.leg, 16, phone.bench.now)
    assert codes(phone.bench.says()) == ["BYE"]


def test_the_caller_of_a_dialog_may_ask_as_well() -> None:
    bench = Bench()
    bench.agent.access.set_phones({}, [(PHONE.host, PHONE.port, "201")])
    caller, leg = up(bench, Caller("202", PHONE))
    said = bench.hears(caller.ask("REFER", "Refer-To: sip:4001@192.0.2.1"), PHONE)
    assert codes(said) == [202, "NOTIFY"]
    assert said[1].uri == "sip:5551000@192.0.2.31:5062" and said[1].to_tag == "c1"
    assert bench.tells() == [TransferAsked(leg, "4001")]


@pytest.mark.parametrize(("value", "to"), [
    ("<sip:+49-30(123)@192.0.2.1;user=phone>", "+4930123"), ("sip:202@192.0.2.1:5060", "202"),
    ('"Bob, 2" <sips:bob@192.0.2.1;method=INVITE>', "bob"), ("<sip:*8@h>;x=y", "*8"),
    ("<sip:%34001@h?Subject=x>", "4001"),
])  # fmt: skip
def test_the_number_is_read_as_in_a_call(value: str, to: str) -> None:
    phone = Transferor()
    assert codes(phone.asks(f"Refer-To: {value}")) == [202, "NOTIFY"]
    assert phone.bench.tells() == [TransferAsked(phone.leg, to)]


def test_the_short_name_of_the_header_is_known() -> None:
    phone = Transferor()
    assert codes(phone.asks("r: <sip:202@h>")) == [202, "NOTIFY"]


def test_a_call_that_is_held_first_is_transferred_and_stays_held() -> None:
    phone = Transferor()
    assert codes(phone.asks(method="INVITE", body=HELD)) == [200]
    assert phone.bench.tells() == [Held(phone.leg)]
    phone.transfers()
    (failed,) = phone.result(486)
    assert told(failed)[1:] == ("terminated;reason=noresource", b"SIP/2.0 486 Busy Here\r\n")
    assert codes(phone.asks(method="INVITE", body=sdp(host="192.0.2.31"))) == [200]


def test_a_phone_that_hangs_up_right_after_asking_has_asked() -> None:
    phone = Transferor()
    phone.asks(TO_202)
    assert codes(phone.asks(method="BYE")) == [200]
    assert phone.bench.tells() == [
        TransferAsked(phone.leg, "202"), Released(phone.leg, 16, 0, True)
    ]  # fmt: skip
    assert phone.result(200) == []
    assert set(codes(phone.bench.wait(40_000))) == {"NOTIFY"}
    assert phone.bench.tells() == [] and phone.bench.agent.legs == {}


# ---- the phone's subscription


def test_a_phone_may_wish_not_to_be_told() -> None:
    phone = Transferor()
    (taken,) = phone.asks(TO_202, "Refer-Sub: false;x")
    assert (taken.code, taken.header("refer-sub")) == (202, "false")
    assert phone.bench.tells() == [TransferAsked(phone.leg, "202")]
    assert phone.result(180) == [] and phone.result(486) == []
    assert codes(phone.asks(TO_202)) == [202, "NOTIFY"]


def test_a_status_is_told_once_and_nothing_after_the_last() -> None:
    phone = Transferor()
    phone.transfers()
    assert phone.result(100) == []
    assert codes(phone.result(180)) == ["NOTIFY"]
    assert phone.result(180) == []
    assert codes(phone.result(503)) == ["NOTIFY"]
    assert phone.result(200) == [] and phone.result(503) == []


def test_a_provisional_waits_for_the_answer_to_the_one_before() -> None:
    phone = Transferor()
    trying = phone.asks(TO_202)[1]
    assert phone.result(181) == [] and phone.result(180) == []
    assert [said.body for said in phone.takes(trying)] == [b"SIP/2.0 180 Ringing\r\n"]


def test_the_last_word_waits_for_nobody() -> None:
    phone = Transferor()
    trying = phone.asks(TO_202)[1]
    assert phone.result(180) == []
    assert codes(phone.result(200)) == ["NOTIFY"]
    assert phone.takes(trying) == []


def test_statuses_we_have_no_name_for_are_told_by_their_class() -> None:
    phone = Transferor()
    phone.transfers()
    assert phone.result(499)[0].body == b"SIP/2.0 499 Bad Request\r\n"


@pytest.mark.parametrize("code", [404, 481, 489])
def test_a_phone_that_knows_of_no_transfer_is_left_in_its_call(code: int) -> None:
    phone = Transferor()
    trying = phone.asks(TO_202)[1]
    phone.result(180)
    assert phone.takes(trying, code) == []
    assert phone.result(200) == []
    assert phone.leg in phone.bench.agent.legs
    assert phone.bench.tells() == [TransferAsked(phone.leg, "202")]


def test_a_phone_too_busy_for_one_notify_is_told_the_next() -> None:
    phone = Transferor()
    trying = phone.asks(TO_202)[1]
    phone.takes(trying, 500)
    assert codes(phone.result(200)) == ["NOTIFY"]


def test_a_phone_that_is_silent_about_notifies_keeps_its_call() -> None:
    phone = Transferor()
    phone.asks(TO_202)
    assert set(codes(phone.bench.wait(33_000))) == {"NOTIFY"}
    assert phone.bench.tells() == [TransferAsked(phone.leg, "202")]
    assert phone.result(200) == [] and phone.leg in phone.bench.agent.legs


def test_a_transfer_still_under_way_ends_with_the_leg() -> None:
    phone = Transferor()
    phone.transfers()
    phone.bench.agent.release(phone.leg, 16, phone.bench.now)
    last, bye = phone.bench.says()
    assert told(last)[1:] == ("terminated;reason=noresource", b"SIP/2.0 487 Request Terminated\r\n")
    assert bye.method == "BYE" and bye.cseq == last.cseq + 1
    phone.bench.hears(reply(bye, 200), PHONE)
    assert phone.takes(last) == []
    assert phone.bench.tells() == [Released(phone.leg, 16, 0, False)]


# ---- what is refused


@pytest.mark.parametrize(("headers", "code"), [
    ((), 400), ((TO_202, TO_202), 400), (("Refer-To: <sip:202@h>, <sip:203@h>",), 400),
    (("Refer-To: <sip:202@h",), 400), (("Refer-To: ",), 400), (("Refer-To: <202>",), 400),
    (("Refer-To: <tel:>",), 400), (("Refer-To: <http://h/>",), 416),
    (('Refer-To: <sip:202@h?Replaces=a%3Bto-tag%3D%22>',), 400),
    (("Refer-To: <tel:202?Replaces=a>",), 400),
    (("Refer-To: <sip:h>",), 404), (("Refer-To: <sip:%00@h>",), 404),
    (("Refer-To: <sip:202@h;method=BYE>",), 403), ((TO_202, "Require: magic"), 420),
])  # fmt: skip
def test_what_names_no_single_number_is_refused(headers: tuple[str, ...], code: int) -> None:
    phone = Transferor()
    assert codes(phone.asks(*headers)) == [code]
    assert phone.bench.tells() == [] and phone.result(200) == []
    assert codes(phone.asks(TO_202)) == [202, "NOTIFY"]


PIECES = ("<", ">", "sip:", "tel:", "202", "@h", ";", "=", "?", "Replaces=", "%3Bto-tag%3D", "%",
          "%00", "%FF", '"', ",", "&", " ", "\\", "é", ";method=")  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_stands_in_the_header_is_a_number_a_dialog_or_refused(value: str) -> None:
    message = parse(lines("REFER sip:a SIP/2.0", f"Refer-To: {value}"))
    found = wish_of(message)
    if isinstance(found, Wish):
        assert (found.to or found.call_id) and found.to.isprintable() and len(found.to) <= 64
    else:
        assert isinstance(found, Reply) and found.code in (400, 403, 404, 416)


def test_a_second_transfer_is_refused_until_the_first_is_over_and_has_an_id() -> None:
    phone = Transferor()
    phone.transfers()
    assert codes(phone.asks("Refer-To: <sip:203@h>")) == [491]
    phone.takes(phone.result(486)[0])
    trying = phone.asks("Refer-To: <sip:203@h>")[1]
    assert told(trying)[0] == "refer;id=3"
    assert phone.bench.tells() == [TransferAsked(phone.leg, "203")]


def test_a_copy_of_the_request_is_one_transfer() -> None:
    bench = Bench()
    invite, leg = talking(bench)
    data = ask_in(invite, "REFER", TO_202)
    bench.hears(data, PHONE)
    assert codes(bench.hears(data, PHONE)) == [202]
    assert bench.tells() == [TransferAsked(leg, "202")]


def test_a_trunk_does_not_command_our_calls() -> None:
    bench = Bench()
    caller, _ = up(bench)
    assert codes(bench.hears(caller.ask("REFER", TO_202))) == [403]
    assert bench.tells() == []


def test_a_call_not_answered_yet_or_ending_cannot_be_transferred() -> None:
    bench = Bench()
    bench.agent.access.set_phones({}, [(PHONE.host, PHONE.port, "201")])
    caller = Caller("202", PHONE)
    bench.hears(caller.invite(), PHONE)
    leg = bench.tells()[0].leg  # type: ignore[union-attr]
    bench.agent.alert(leg, bench.now)
    caller.takes(bench.says()[0])
    assert codes(bench.hears(caller.ask("REFER", TO_202), PHONE)) == [500]
    phone = Transferor()
    phone.bench.agent.release(phone.leg, 16, phone.bench.now)
    phone.bench.says()
    assert codes(phone.asks(TO_202)) == [481]


def test_nothing_is_told_of_a_transfer_nobody_asked_for() -> None:
    phone = Transferor()
    assert phone.result(200) == []
    phone.bench.agent.transfer_result(99, 200, phone.bench.now)
    assert phone.bench.says() == []


# ---- a dialog to be taken over


def consulting(phone: Transferor, flow: Flow = PHONE, party: str = "201") -> Caller:
    """A second call of a phone, which is up."""
    bench = phone.bench
    bench.agent.lines[f"extension:{party}"] = Line(CODECS)
    bench.agent.access.set_phones({party: Phone("s", ("md5",))}, [(flow.host, flow.port, party)])
    caller, _ = up(bench, Caller("202", flow, "k1"))
    bench.tells()
    return caller


def second(phone: Transferor) -> int:
    """The leg of the phone's second call."""
    (other,) = (number for number in phone.bench.agent.legs if number != phone.leg)
    return other


def takes_over(caller: Caller, *, to: str = "", mine: str = "", user: str = "202@") -> str:
    """The header that names a call to be taken over."""
    call_id = f"{caller.name}%40{caller.flow.host}"
    tags = f"to-tag%3D{to or caller.to.rpartition('=')[2]}%3Bfrom-tag%3D{mine or caller.name}"
    return f"Refer-To: <sip:{user}192.0.2.1?Require=replaces&Replaces={call_id}%3B{tags}>"


@pytest.mark.parametrize(("user", "number"), [("202@", "202"), ("", "")])
def test_a_consultation_is_named_by_its_call_id(user: str, number: str) -> None:
    phone = Transferor()
    caller = consulting(phone)
    assert codes(phone.asks(takes_over(caller, user=user))) == [202, "NOTIFY"]
    assert phone.bench.tells() == [TransferAsked(phone.leg, number, second(phone))]


def test_a_consultation_that_we_began_is_known_too() -> None:
    phone = Transferor()
    other, _ = talking(phone.bench)
    value = f"{other.call_id}%3Bto-tag%3D{other.from_tag}%3Bfrom-tag%3Dp1%3Bearly-only"
    phone.asks(f"Refer-To: <sip:192.0.2.1?Replaces={value}>")
    assert phone.bench.tells() == [TransferAsked(phone.leg, "", second(phone))]


@pytest.mark.parametrize("wrong", [{"to": "guess"}, {"mine": "guess"}])
def test_a_call_is_not_taken_over_with_a_guess(wrong: dict[str, str]) -> None:
    phone = Transferor()
    caller = consulting(phone)
    taken, trying, failed = phone.asks(takes_over(caller, **wrong))
    assert (taken.code, told(trying)[2][8:11]) == (202, b"100")
    assert told(failed)[1] == "terminated;reason=noresource"
    assert failed.body == b"SIP/2.0 481 Call/Transaction Does Not Exist\r\n"
    assert phone.bench.tells() == [] and phone.leg in phone.bench.agent.legs


def test_the_call_of_somebody_else_is_not_taken_over() -> None:
    phone = Transferor()
    caller = consulting(phone, Flow("udp", "192.0.2.32", 5060), "202")
    assert codes(phone.asks(takes_over(caller))) == [202, "NOTIFY", "NOTIFY"]
    assert phone.bench.tells() == []


def test_a_call_cannot_take_over_itself() -> None:
    phone = Transferor()
    own = phone.invite
    value = f"{own.call_id}%3Bto-tag%3D{own.from_tag}%3Bfrom-tag%3Dp1"
    assert len(phone.asks(f"Refer-To: <sip:202@h?Replaces={value}>")) == 3
    assert phone.bench.tells() == []
