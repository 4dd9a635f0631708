"""Bodies that phones send in INFO: keys in two forms, each written in several ways."""

from __future__ import annotations

import pytest

from pbx.sip.message.body import FLASH, KEYS, key_of, lasted_ms
from pbx.sip.message.received import Message, parse
from tests.pbx.sip.wire import lines


def info(kind: str, body: bytes) -> Message:
    """An INFO with this body."""
    return parse(lines("INFO sip:a SIP/2.0", f"Content-Type: {kind}", body=body))


@pytest.mark.parametrize("number", range(16))
def test_every_key_is_known_by_its_sign_and_from_ten_on_by_its_number(number: int) -> None:
    key = KEYS[number]
    for text in (key, key.lower(), str(number)):
        assert key_of(info("application/dtmf", text.encode())) == key
        assert key_of(info("application/dtmf-relay", f"Signal={text}".encode())) == key


@pytest.mark.parametrize("body", [
    b"Signal=5\r\nDuration=160\r\n", b"Signal= 5\nDuration= 250", b"Duration=160\r\nsignal=5 \r\n",
    b"\r\nSignal=5",
])  # fmt: skip
def test_a_relayed_key_is_found_among_its_lines(body: bytes) -> None:
    assert key_of(info("Application/DTMF-Relay; charset=x", body)) == "5"


@pytest.mark.parametrize("body", [b"16", b"!"])
def test_the_hook_flash_is_well_formed_and_no_key(body: bytes) -> None:
    assert key_of(info("application/dtmf", body)) == FLASH
    assert FLASH not in KEYS


@pytest.mark.parametrize("body", [
    b"5678", b"E", b"17", b"-1", b"\xff", "٥".encode(), b"Signal=5", b"  ", b"5" * 60_000,
])  # fmt: skip
def test_what_is_no_key_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="no key"):
        key_of(info("application/dtmf", body))


@pytest.mark.parametrize("body", [b"Duration=160", b"Signal=\r\nSignal=5", b"Signal", b"=5",
    b"Signal=5\nSignal=6"])
def test_a_relay_without_its_signal_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="no key"):
        key_of(info("application/dtmf-relay", body))


def test_a_body_of_another_type_is_no_business_of_ours_and_an_empty_one_no_key() -> None:
    assert key_of(info("text/plain", b"5")) is None
    assert key_of(info("text/plain", b"")) == ""


@pytest.mark.parametrize(("body", "ms"), [
    (b"Signal=5\r\nDuration=160\r\n", 160), (b"duration = 250 \nSignal=5", 250), (b"Signal=5", 0),
    (b"Signal=5\nDuration=-9", 0), (b"Signal=5\nDuration=\xb2", 0), (b"", 0),
    (b"Signal=5\nDuration=" + b"9" * 9_000, 60_000), (b"Duration=1\nDuration=2", 0),
])  # fmt: skip
def test_a_relayed_key_says_how_long_it_was_pressed(body: bytes, ms: int) -> None:
    assert lasted_ms(info("application/dtmf-relay", body)) == ms
