"""The small texts inside settings, good and bad."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.forms import (
    Address,
    Dates,
    Opening,
    Target,
    check_name,
    check_number,
    parse_contact,
    parse_dates,
    parse_host,
    parse_host_port,
    parse_listen,
    parse_network,
    parse_opening,
    parse_target,
)

GOOD: list[tuple[Callable[[str], Any], str, Any]] = [
    (parse_listen, "udp:0.0.0.0:5060", Address("udp", "0.0.0.0", 5060)),
    (parse_listen, "tls:[::1]", Address("tls", "::1", 5061)),
    (parse_host, "192.168.1.20:5060", Address("udp", "192.168.1.20", 5060)),
    (parse_host, "gateway", Address("udp", "gateway", 5060)),
    (parse_host, "tls:sip.example.net", Address("tls", "sip.example.net", 5061)),
    (parse_host, "srv:example.net", Address("srv", "example.net", 0)),
    (parse_contact, "sip:127.0.0.1:6002", Address("udp", "127.0.0.1", 6002)),
    (parse_contact, "sip:door@[fe80::1];lr;transport=TCP", Address("tcp", "fe80::1", 5060, "door")),
    (parse_contact, "sips:10.0.0.9", Address("tls", "10.0.0.9", 5061)),
    (parse_target, "queue:sales", Target("queue", ("sales",))),
    (parse_target, "trunk:a, b", Target("trunk", ("a", "b"))),
    (parse_target, "hangup", Target("hangup", ())),
    (parse_network, "10.0.0.0/8", ipaddress.ip_network("10.0.0.0/8")),
    (parse_network, "::1", ipaddress.ip_network("::1/128")),
    (
        parse_opening,
        "mon-fri 08:30-12:00 13:30-18:00",
        Opening((0, 1, 2, 3, 4), ((510, 720), (810, 1080))),
    ),
    (parse_opening, "Fri-Mon,wed 22:00-06:00", Opening((0, 2, 4, 5, 6), ((1320, 1800),))),
    (parse_opening, "sun 00:00-24:00", Opening((6,), ((0, 1440),))),
    (
        parse_dates,
        "2026-10-01..2026-10-07",
        Dates(datetime.date(2026, 10, 1), datetime.date(2026, 10, 7)),
    ),
    (check_name, "客服-1", "客服-1"),
    (check_number, "*601", "*601"),
]

BAD: list[tuple[Callable[[str], Any], str, str]] = [
    (parse_listen, "0.0.0.0:5060", 'expected "udp:ADDRESS:PORT"'),
    (parse_listen, "udp:localhost:5060", '"localhost" is no address'),
    (parse_listen, "udp:0.0.0.0:0", "a port from 1 to 65535"),
    (parse_listen, "udp:0.0.0.0:65536", "a port from 1 to 65535"),
    (parse_listen, "udp:0.0.0.0:5060 ", "a port from 1 to 65535"),
    (parse_listen, "udp:0.0.0.0:٥٠٦٠", "a port from 1 to 65535"),
    (parse_listen, "udp:::1:5060", "an IPv6 address stands in brackets"),
    (parse_listen, "udp:[::1", 'expected "[address]:port"'),
    (parse_host, "", "neither an address nor a host name"),
    (parse_host, "-a-:5060", "neither an address nor a host name"),
    (parse_host, "srv:example.net:5060", 'expected "srv:example.net"'),
    (parse_contact, "127.0.0.1:6002", 'expected "sip:HOST:PORT"'),
    (parse_contact, "sip:a@b@c", 'expected "sip:HOST:PORT"'),
    (parse_contact, "sip:10.0.0.1;transport=sctp", 'unknown transport "sctp"'),
    (parse_host_port, "127.0.0.1", "a port from 1 to 65535"),
    (parse_target, "sales", "expected one of extension, menu, queue"),
    (parse_target, "queue:", "a name is missing"),
    (parse_target, "trunk:a,,b", "a name is missing"),
    (parse_target, "hangup:now", '"hangup" stands alone'),
    (parse_network, "192.168.1.20/24", '"192.168.1.0/24", or "192.168.1.20" for one host'),
    (parse_network, "gateway", "neither an address nor a network"),
    (parse_opening, "", "expected days and times"),
    (parse_opening, "mon-fri", "expected days and times"),
    (parse_opening, "mon-fry 08:00-09:00", '"mon-fry" is no day'),
    (parse_opening, "mon 8:00-9:00", 'expected times as in "08:30-18:00"'),
    (parse_opening, "mon 08:00-24:01", "no range of times"),
    (parse_opening, "mon 08:60-09:00", "no range of times"),
    (parse_opening, "mon 08:00-08:00", "no range of times"),
    (parse_dates, "2026-02-30", '"2026-02-30" is no date'),
    (parse_dates, "20261001", "is no date"),
    (parse_dates, "2026-10-07..2026-10-01", "ends before it begins"),
    (parse_dates, "2026-10-01 08:00-09:00", "nothing after it"),
    (check_name, "a.b", "a name has letters, digits, _ and - only"),
    (check_name, "sales\n", "a name has letters"),
    (check_name, "x" * 65, "at most 64"),
    (check_number, "2-01", "a number has digits"),
    (check_number, "2" * 33, "at most 32"),
]


@pytest.mark.parametrize(("parse", "text", "value"), GOOD)
def test_a_good_text_is_understood(parse: Callable[[str], Any], text: str, value: Any) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(("parse", "text", "reason"), BAD)
def test_a_bad_text_is_refused_with_its_reason(
    parse: Callable[[str], Any], text: str, reason: str
) -> None:
    with pytest.raises(ValueError) as raised:
        parse(text)
    assert reason in str(raised.value)


def test_open_dates_may_have_times_of_their_own() -> None:
    dates = parse_dates("2026-10-10 08:30-12:00", may_have_times=True)
    assert dates.times == ((510, 720),)


PARSERS = sorted({parse for parse, _, _ in (*GOOD, *BAD)}, key=lambda each: each.__name__)
PIECES = st.lists(st.sampled_from([*":;.,-@[]*# =", "udp", "sip", "mon", "08:30", "::1", "1", "é"]))


@given(st.sampled_from(PARSERS), st.one_of(st.text(), PIECES.map("".join)))
def test_no_text_raises_anything_but_a_value_error(parse: Callable[[str], Any], text: str) -> None:
    try:
        parse(text)
    except ValueError as error:
        assert str(error)
