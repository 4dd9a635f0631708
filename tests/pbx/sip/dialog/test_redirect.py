"""3xx answers in bytes: the numbers in their Contacts, and which of several devices is believed."""

from __future__ import annotations

import pytest

from pbx.events import Released
from pbx.sip.dialog.redirect import targets_of
from pbx.sip.message.received import Flow, Message, parse
from tests.pbx.sip.dialog.test_uas import arrived
from tests.pbx.sip.ends import PHONE, Bench, Caller, codes, reply, ringing

OTHER = Flow("udp", "192.0.2.32", 5060)


def moved(*contacts: str, code: int = 302) -> Message:
    lines = "".join(f"Contact: {each}\r\n" for each in contacts)
    return parse(
        f"SIP/2.0 {code} Moved\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@h>;tag=1\r\n"
        f"To: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n{lines}\r\n".encode()
    )


@pytest.mark.parametrize(
    ("contacts", "targets"),
    [
        (["<sip:203@192.0.2.1:5060>"], ("203",)),
        (["sip:203@192.0.2.1"], ("203",)),
        (["<sip:203@h>;q=0.3, <sip:204@h>;q=0.7", "<sip:205@h>;q=0.5"], ("204", "205", "203")),
        (["<sip:203@h>;q=0.9, <sip:204@h>"], ("204", "203")),  # without q as good as can be
        (["<sip:203@h>, <sip:204@h>, <sip:203@other>"], ("203", "204")),
        (["<tel:+1-555-0100>"], ("+15550100",)),
        (["<sips:+15550100;phone-context=x@h;user=phone>"], ("+15550100",)),
        (['"Li, Na" <sip:203@h;q=0.1>;q=0.2, <sip:204@h>;q=0.1'], ("203", "204")),
        (["<sip:203@h>;q=nonsense, <sip:204@h>;q=0.999"], ("203", "204")),
        (["<mailto:a@example.net>, <sip:203@h>"], ("203",)),
        (["<sip:192.0.2.9>"], ()),
        (["*"], ()),
        (["<sip:203@h"], ()),
        ([], ()),
    ],
)
def test_the_numbers_are_read_best_first(contacts: list[str], targets: tuple[str, ...]):
    assert targets_of(moved(*contacts)) == targets


@pytest.mark.parametrize(
    ("code", "is_obeyed"),
    [(300, True), (301, True), (302, True), (305, False), (380, True), (486, False), (200, False)],
)
def test_which_answers_lead_elsewhere(code: int, is_obeyed: bool):
    assert bool(targets_of(moved("<sip:203@h>", code=code))) is is_obeyed


def test_a_list_without_end_is_cut():
    assert len(targets_of(moved(*(f"<sip:{number}@h>" for number in range(200, 300))))) == 10


def redirect(invite: Message) -> bytes:
    """It names 203, and before it the device itself, as the far ends of these tests always do."""
    return reply(invite, 302, headers=[("Contact", "<sip:203@192.0.2.1>")])


def test_a_leg_that_is_redirected_ends_with_where_to():
    bench = Bench()
    (invite,), leg = ringing(bench)
    assert codes(bench.hears(redirect(invite), PHONE)) == ["ACK"]
    assert bench.tells() == [Released(leg, 20, 302, True, ("201", "203"))]


@pytest.mark.parametrize("redirected_first", [True, False])
def test_a_redirection_of_one_device_is_better_than_a_refusal_of_another(redirected_first: bool):
    bench = Bench()
    (one, two), leg = ringing(bench, PHONE, OTHER)
    answers = [(redirect(one), PHONE), (reply(two, 486), OTHER)]
    for data, flow in answers if redirected_first else answers[::-1]:
        bench.hears(data, flow)
    assert bench.tells() == [Released(leg, 20, 302, True, ("201", "203"))]


def test_who_declines_at_one_device_declines_at_all():
    bench = Bench()
    (one, two), leg = ringing(bench, PHONE, OTHER)
    said = bench.hears(reply(one, 603), PHONE)
    assert codes(said) == ["ACK", "CANCEL"]
    bench.hears(reply(two, 487), OTHER)
    assert bench.tells() == [Released(leg, 21, 603, True)]


@pytest.mark.parametrize("code", [404, 480, 486, 488, 603, 607])
def test_a_caller_is_refused_with_the_very_status(code: int):
    bench = Bench()
    leg = arrived(bench, Caller())
    bench.agent.release(leg, 21, bench.now, code=code)
    (refused,) = bench.says()
    assert (refused.code, refused.header("reason")) == (code, "Q.850;cause=21")
    assert bench.tells() == [Released(leg, 21, code, False)]
