"""Addresses as the configuration writes them."""

from __future__ import annotations

import pytest

from drivers.hosts import domain_of, flow_to, resolve, split_place
from pbx.sip.message.received import Flow


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("h", ("h", 5060)), ("h:7", ("h", 7)), ("[::1]:7", ("::1", 7)), ("[::1]", ("::1", 5060)),
        ("2001:db8::1", ("2001:db8::1", 5060)), ("h:0", ("h", 0)),
    ],
)  # fmt: skip
def test_a_place_is_a_host_and_a_port(text: str, place: tuple[str, int]) -> None:
    assert split_place(text) == place


@pytest.mark.parametrize("text", ["h:", "h:x", "h:65536", "h:-1", "[::1", "[::1]x", "h:999999999"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        split_place(text)


def test_addresses_are_themselves_and_names_are_looked_up() -> None:
    assert resolve("192.0.2.1") == "192.0.2.1"
    assert resolve("localhost") in ("127.0.0.1", "::1")
    assert resolve("no.such.host.invalid") == ""


def test_a_place_may_name_its_transport() -> None:
    assert flow_to("tcp:192.0.2.1:7") == Flow("tcp", "192.0.2.1", 7)
    assert flow_to("192.0.2.1") == Flow("udp", "192.0.2.1", 5060)
    assert flow_to("192.0.2.1:x") is None and flow_to("no.such.host.invalid") is None


@pytest.mark.parametrize(
    ("place", "domain", "with_port"),
    [
        ("sip.example.net", "sip.example.net", "sip.example.net"),
        ("tcp:sip.example.net:5060", "sip.example.net", "sip.example.net"),
        ("192.0.2.1:5070", "192.0.2.1", "192.0.2.1:5070"),
        ("udp:[2001:db8::1]:5070", "[2001:db8::1]", "[2001:db8::1]:5070"),
    ],
)
def test_a_provider_is_called_as_it_is_written(place: str, domain: str, with_port: str) -> None:
    assert domain_of(place) == (domain, with_port)
