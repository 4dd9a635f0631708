"""Telephone numbers as URIs of their own: called, calling, transferred to (RFC 3966)."""

from __future__ import annotations

import pytest

from pbx.events import CallArrived, TransferAsked
from tests.pbx.sip.ends import GATEWAY, PHONE, Bench, Caller, Device, codes, up


def arrival(bench: Bench, uri: str, sender: str = "sip:5551000@192.0.2.20") -> CallArrived:
    """The call that an INVITE for a URI makes."""
    caller = Caller()
    data = caller.invite().decode().replace(f"INVITE {caller.uri} ", f"INVITE {uri} ")
    bench.hears(data.replace("sip:5551000@192.0.2.20>;tag", f"{sender}>;tag").encode())
    (fact,) = bench.tells()
    assert isinstance(fact, CallArrived)
    return fact


@pytest.mark.parametrize(
    ("uri", "called"),
    [
        ("tel:+86-10-5555-0100", "+861055550100"),
        ("tel:4001;phone-context=example.com", "4001"),
        ("tel:863-1234;phone-context=+1-914-555", "8631234"),
        ("tel:4001", "4001"),
        ("sips:4001@192.0.2.1", "4001"),
        ("sip:+1(555)01.00;phone-context=example.com@192.0.2.1;user=phone", "+15550100"),
    ],
)
def test_a_number_is_called_in_every_form(uri: str, called: str) -> None:
    bench = Bench()
    assert arrival(bench, uri).called == called
    assert codes(bench.wait(200)) == [100]


@pytest.mark.parametrize("uri", ["tel:+86-10-5555-0100", "sip:+861055550100@h;user=phone"])
def test_a_number_calls_in_every_form(uri: str) -> None:
    assert arrival(Bench(), "tel:4001", uri).calling == "+861055550100"


@pytest.mark.parametrize("uri", ["tel:", "tel:abc!", "tel:1%32", "tel:4001;x;x"])
def test_what_is_no_number_is_refused(uri: str) -> None:
    data = Caller().invite().decode().replace("INVITE sip:4001@192.0.2.1 ", f"INVITE {uri} ")
    assert codes(Bench().hears(data.encode())) == [400]


def test_a_scheme_of_others_is_still_refused() -> None:
    for uri in ("http://h/", "im:a@b", "urn:service:sos"):
        data = Caller().invite().decode().replace("INVITE sip:4001@192.0.2.1 ", f"INVITE {uri} ")
        assert codes(Bench().hears(data.encode())) == [416]


def test_options_to_a_number_are_answered() -> None:
    data = Caller().ask("OPTIONS").decode().replace("OPTIONS sip:4001@192.0.2.1 ", "OPTIONS tel:1 ")
    assert codes(Bench().hears(data.encode())) == [200]


def test_a_phone_may_register_in_the_name_of_its_number() -> None:
    bench, device = Bench(), Device()
    (challenge,) = bench.hears(device.register(), PHONE)
    data = device.register(device.login(challenge)).decode()
    data = data.replace("To: <sip:201@192.0.2.1>", "To: <tel:2-01;phone-context=h.example>")
    assert codes(bench.hears(data.encode(), PHONE)) == [200]


def test_a_phone_that_is_unknown_by_its_number_is_challenged_by_it() -> None:
    bench, caller = Bench(), Caller("4001", PHONE)
    data = caller.invite().replace(b"<sip:5551000@192.0.2.31>", b"<tel:201;phone-context=h>")
    assert codes(bench.hears(data, PHONE)) == [401]


@pytest.mark.parametrize(
    ("wish", "to"),
    [
        ("<tel:+86-10-5555-0100>", "+861055550100"),
        ("tel:202;phone-context=example.com", "202"),
        ("<sip:2-02;phone-context=h@192.0.2.1;user=phone>", "202"),
    ],
)
def test_a_call_is_transferred_to_a_number_in_every_form(wish: str, to: str) -> None:
    bench = Bench()
    bench.agent.access.set_phones({}, [(GATEWAY.host, GATEWAY.port, "203")])
    caller, leg = up(bench)
    assert codes(bench.hears(caller.ask("REFER", f"Refer-To: {wish}"))) == [202, "NOTIFY"]
    assert bench.tells() == [TransferAsked(leg, to)]
