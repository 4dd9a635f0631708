"""Registrations: several devices, expiry, order, wildcard, restart."""

from __future__ import annotations

import pytest

from pbx.events import Bound, Fact, TroubleSeen, Unbound
from pbx.sip.access.registrar import Registrar, flow_of, flow_text
from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Flow
from tests.pbx.sip.ends import PHONE
from tests.pbx.sip.wire import received

WALL = 1_700_000_000_000


class Book:
    """A registrar with extension 201 registering."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.registrar = Registrar(self.facts)
        self.registrar.wall_offset_ms = WALL
        self.cseq = 0

    def register(self, *headers: str, call_id: str = "r1", cseq: int = 0, now: int = 0,
                 flow: Flow = PHONE) -> Reply:  # fmt: skip
        self.cseq = cseq or self.cseq + 1
        lines = [
            "REGISTER sip:192.0.2.1 SIP/2.0",
            f"Via: SIP/2.0/UDP {flow.host}:{flow.port};branch=z9hG4bK{self.cseq}",
            "From: <sip:201@192.0.2.1>;tag=a",
            "To: <sip:201@192.0.2.1>",
            f"Call-ID: {call_id}",
            f"CSeq: {self.cseq} REGISTER",
            *headers,
            "Content-Length: 0", "", "",
        ]  # fmt: skip
        message = received("\r\n".join(lines).encode(), flow)
        return self.registrar.register("201", message, now)

    def contacts(self) -> list[str]:
        return [binding.contact for binding in self.registrar.bindings("201")]

    def tells(self) -> list[Fact]:
        facts = self.facts[:]
        self.facts.clear()
        return facts


def test_a_contact_is_bound_until_it_expires() -> None:
    book = Book()
    reply = book.register("Contact: <sip:201@192.0.2.31:5062>;expires=90", now=500)
    assert (reply.code, list(reply.headers)) == (
        200, [("Contact", "<sip:201@192.0.2.31:5062>;expires=90")],
    )  # fmt: skip
    (fact,) = book.tells()
    assert isinstance(fact, Bound) and fact.expires_wall_ms == WALL + 90_500
    assert book.registrar.next_deadline() == 90_500
    book.registrar.tick(90_499)
    assert book.contacts() == ["sip:201@192.0.2.31:5062"]
    book.registrar.tick(90_500)
    assert book.tells() == [Unbound("201", "sip:201@192.0.2.31:5062", "expired")]
    assert not book.registrar.has_host("192.0.2.31")


def test_a_refresh_moves_the_end_and_stays_one_device() -> None:
    book = Book()
    book.register("Contact: <sip:201@192.0.2.31:5062>", "Expires: 90")
    book.register("Contact: <sip:201@192.0.2.31:5062>", "Expires: 90", now=60_000)
    book.registrar.tick(100_000)
    assert len(book.contacts()) == 1
    assert [type(fact) for fact in book.tells()] == [Bound, Bound]


def test_several_devices_are_bound_beside_each_other() -> None:
    book = Book()
    contacts = "Contact: <sip:201@192.0.2.31>, <sip:201@192.0.2.32>;q=0.5"
    assert len(book.register(contacts).headers) == 2
    book.register("Contact: <sip:201@192.0.2.33>", call_id="r2", cseq=1)
    assert len(book.contacts()) == 3


def names(book: Book) -> list[str]:
    """The users of the contacts."""
    return [contact[4] for contact in book.contacts()]


def test_a_device_past_the_limit_takes_the_place_of_the_one_not_heard_for_longest() -> None:
    book = Book()
    book.registrar.contacts_max = 2
    book.register("Contact: <sip:a@192.0.2.31>", now=1)
    book.register("Contact: <sip:b@192.0.2.31>", now=2)
    book.register("Contact: <sip:a@192.0.2.31>", now=3)
    book.tells()
    said = book.register("Contact: <sip:c@192.0.2.31>", now=4)
    assert said.code == 200 and len(said.headers) == 2
    assert names(book) == ["a", "c"]
    bound, unbound, alarm = book.tells()  # first the new one: there is always a phone
    assert isinstance(bound, Bound) and isinstance(alarm, TroubleSeen)
    assert unbound == Unbound("201", "sip:b@192.0.2.31", "too many contacts")
    assert alarm.name == "contacts" and "sip:b@192.0.2.31" in alarm.text
    for n in range(40):
        book.register(f"Contact: <sip:{n}@192.0.2.31>", now=5 + n)
    assert not [fact for fact in book.tells() if isinstance(fact, TroubleSeen)]
    book.register("Contact: <sip:d@192.0.2.31>", now=3_700_000)
    assert [fact.name for fact in book.tells() if isinstance(fact, TroubleSeen)] == ["contacts"]


def test_a_device_that_did_not_answer_is_the_first_to_go() -> None:
    book = Book()
    book.registrar.contacts_max = 3
    for n, name in enumerate("abc"):
        book.register(f"Contact: <sip:{name}@192.0.2.31>", now=n)
    book.registrar.silent("201", "sip:b@192.0.2.31")
    book.register("Contact: <sip:d@192.0.2.31>", now=9)
    assert names(book) == ["a", "c", "d"]
    book.registrar.silent("201", "sip:c@192.0.2.31")
    book.register("Contact: <sip:c@192.0.2.31>", now=10)  # it is there after all
    book.register("Contact: <sip:e@192.0.2.31>", now=11)
    assert names(book) == ["c", "d", "e"]


def test_more_devices_at_a_time_than_there_may_be_are_refused_with_an_alarm() -> None:
    book = Book()
    book.registrar.contacts_max = 2
    book.register("Contact: <sip:a@192.0.2.31>")
    book.tells()
    many = "Contact: <sip:b@192.0.2.31>, <sip:c@192.0.2.31>, <sip:d@192.0.2.31>"
    assert book.register(many).code == 403
    assert names(book) == ["a"] and [type(fact) for fact in book.tells()] == [TroubleSeen]
    swap = "Contact: <sip:c@192.0.2.31>, <sip:d@192.0.2.31>, <sip:a@192.0.2.31>;expires=0"
    assert book.register(swap).code == 200
    assert names(book) == ["c", "d"]


INSTANCE = '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"'


def test_a_device_that_moves_is_the_same_device() -> None:
    book = Book()
    book.register(f"Contact: <sip:201@192.0.2.31>;reg-id=1;{INSTANCE}", call_id="one")
    book.register(f"Contact: <sip:201@192.0.2.32>;reg-id=1;{INSTANCE}", call_id="two", cseq=1)
    assert book.contacts() == ["sip:201@192.0.2.32"]
    first, second, gone = book.tells()
    assert isinstance(first, Bound) and isinstance(second, Bound)
    assert gone == Unbound("201", "sip:201@192.0.2.31", "moved")
    other = Book()
    other.registrar.restore(second, now=0)
    other.register(f"Contact: <sip:201@192.0.2.33>;reg-id=1;{INSTANCE}")
    assert other.contacts() == ["sip:201@192.0.2.33"]
    other.registrar.tick(10**9)
    assert other.contacts() == []


def test_two_ways_to_a_device_and_two_devices_stay_apart() -> None:
    book = Book()
    book.register(f"Contact: <sip:a@192.0.2.31>;reg-id=1;{INSTANCE}")
    book.register(f"Contact: <sip:b@192.0.2.31>;reg-id=2;{INSTANCE}")
    book.register(f"Contact: <sip:c@192.0.2.31>;{INSTANCE}")
    book.register(f"Contact: <sip:d@192.0.2.31>;{INSTANCE}")
    book.register(f"Contact: <sip:e@192.0.2.31>;reg-id=1;{INSTANCE.replace('f8', 'f9')}")
    assert names(book) == ["a", "b", "c", "d", "e"]


def test_too_brief_a_time_is_refused_with_the_least_one() -> None:
    book = Book()
    reply = book.register("Contact: <sip:201@192.0.2.31>;expires=59")
    assert (reply.code, list(reply.headers)) == (423, [("Min-Expires", "60")])
    assert book.contacts() == []


def test_too_long_a_time_is_cut() -> None:
    book = Book()
    reply = book.register("Contact: <sip:201@192.0.2.31>;expires=999999")
    assert reply.headers[0][1].endswith(";expires=3600")


def test_no_time_at_all_is_an_hour() -> None:
    assert Book().register("Contact: <sip:201@192.0.2.31>").headers[0][1].endswith("=3600")


def test_zero_unbinds_one_and_the_star_all() -> None:
    book = Book()
    book.register("Contact: <sip:a@192.0.2.31>, <sip:b@192.0.2.31>, <sip:c@192.0.2.31>")
    book.tells()
    book.register("Contact: <sip:a@192.0.2.31>;expires=0")
    assert book.tells() == [Unbound("201", "sip:a@192.0.2.31", "unregistered")]
    assert book.register("Contact: *", "Expires: 0").headers == []
    assert book.contacts() == [] and len(book.tells()) == 2


@pytest.mark.parametrize("headers", [("Contact: *",), ("Contact: *", "Expires: 3600")])
def test_a_star_without_expiry_zero_is_refused(headers: tuple[str, ...]) -> None:
    book = Book()
    book.register("Contact: <sip:201@192.0.2.31>")
    assert book.register(*headers).code == 400
    assert len(book.contacts()) == 1


def test_a_register_out_of_order_is_refused_one_of_a_new_call_is_not() -> None:
    book = Book()
    book.register("Contact: <sip:201@192.0.2.31>", cseq=7)
    assert book.register("Contact: <sip:201@192.0.2.31>;expires=0", cseq=7).code == 500
    assert book.register("Contact: *", "Expires: 0", cseq=6).code == 500
    assert len(book.contacts()) == 1
    reply = book.register("Contact: <sip:201@192.0.2.31>;expires=0", cseq=1, call_id="r2")
    assert reply.code == 200 and book.contacts() == []


def test_a_register_without_contact_asks_what_is_bound() -> None:
    book = Book()
    book.register("Contact: <sip:201@192.0.2.31>;expires=600")
    reply = book.register(now=100_000)
    assert list(reply.headers) == [("Contact", "<sip:201@192.0.2.31>;expires=500")]


def test_a_contact_that_is_no_sip_uri_is_refused() -> None:
    assert Book().register("Contact: <mailto:a@b>").code == 400


def test_a_device_behind_nat_is_reached_where_it_was_heard() -> None:
    book = Book()
    book.register("Contact: <sip:201@10.0.0.5:5060>")
    assert book.registrar.bindings("201")[0].hop == PHONE
    other = Book()
    other.register("Contact: <sip:201@192.0.2.31:7000>")
    assert other.registrar.bindings("201")[0].hop.port == 7000


def test_bindings_survive_a_restart_with_the_time_they_have_left() -> None:
    book, later = Book(), Book()
    book.register("Contact: <sip:201@10.0.0.5:5060>;expires=600", "User-Agent: X")
    (fact,) = book.tells()
    assert isinstance(fact, Bound)
    later.registrar.restore(fact, 100_000)
    later.registrar.restore(fact, 100_000)
    (binding,) = later.registrar.bindings("201")
    assert (binding.hop, binding.expires, binding.user_agent) == (PHONE, 600_000, "X")
    assert later.tells() == [] and later.registrar.has_host(PHONE.host)
    later.registrar.tick(600_000)
    assert [type(fact) for fact in later.tells()] == [Unbound]


def test_of_a_devices_name_so_much_is_kept_as_can_be_shown() -> None:
    book = Book()
    book.register("Contact: <sip:201@192.0.2.31>", f"User-Agent: a\u200b{'b' * 62}\u00e9c")
    (binding,) = book.registrar.bindings("201")
    assert binding.user_agent == f"a{'b' * 62}\u00e9"


@pytest.mark.parametrize(
    ("longest", "asked", "given"),
    [(7_200, "", 3_600), (1_800, "", 1_800), (3_600, "3600", 3_600), (3_600, "3601", 3_600),
     (3_600, "9" * 30, 3_600)],
)  # fmt: skip
def test_a_binding_lasts_an_hour_unless_asked_otherwise_and_never_longer_than_allowed(
    longest: int, asked: str, given: int
) -> None:
    book = Book()
    book.registrar.max_s = longest
    reply = book.register(f"Contact: <sip:201@192.0.2.31>{asked and f';expires={asked}'}")
    assert list(reply.headers) == [("Contact", f"<sip:201@192.0.2.31>;expires={given}")]


def test_a_binding_that_ran_out_meanwhile_or_makes_no_sense_is_let_go() -> None:
    book = Book()
    for fact in (
        Bound("201", "sip:201@10.0.0.5", "udp/0/192.0.2.31/5062", WALL + 5, "r", 1),
        Bound("201", "nonsense", "udp/0/192.0.2.31/5062", WALL + 50_000, "r", 1),
        Bound("201", "sip:201@10.0.0.5", "nonsense", WALL + 50_000, "r", 1),
    ):
        book.registrar.restore(fact, 10)
    assert book.contacts() == []


def test_after_a_restart_a_phone_on_a_stream_is_called_at_its_contact() -> None:
    book, later = Book(), Book()
    stream = Flow("tcp", "192.0.2.31", 40_000, 7)
    book.register("Contact: <sip:201@192.0.2.31:5062;transport=tcp>", flow=stream)
    later.registrar.restore(book.tells()[0], 0)  # type: ignore[arg-type]
    assert later.registrar.bindings("201")[0].hop == Flow("tcp", "192.0.2.31", 5062)


def test_an_extension_that_is_configured_no_more_loses_its_devices() -> None:
    book = Book()
    book.register("Contact: <sip:201@192.0.2.31>")
    book.tells()
    book.registrar.keep_only({"202"})
    assert book.tells() == [Unbound("201", "sip:201@192.0.2.31", "extension removed")]


def test_a_flow_as_text_can_be_read_again_but_for_its_connection() -> None:
    assert flow_of(flow_text(Flow("tcp", "2001:db8::1", 5060, 9, 2))) == Flow(
        "tcp", "2001:db8::1", 5060, 0, 2
    )
    assert flow_of("udp/x/h/1") is None
