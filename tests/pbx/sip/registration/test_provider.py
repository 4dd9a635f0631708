"""Our registration with a provider, message by message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.events import NOT_REGISTERED_YET
from pbx.sip.message.digest import Credentials, Realm, Verdict, parameters, prove
from pbx.sip.message.outgoing import Reply, response
from pbx.sip.message.received import Flow, Message
from pbx.sip.registration.provider import Account, ClientRegistration
from tests.pbx.sip.ends import Bench

FLOW = Flow("udp", "192.0.2.40", 5060)
CONTACT = "<sip:alice@192.0.2.1:5060>"
URI = "sip:sip.example.net"


class Provider:
    """The far end of one registration, and the clock of both."""

    def __init__(self, *, expires_s: int = 3600, realm: str = "", flow: Flow = FLOW) -> None:
        self.bench = Bench()
        login = Credentials("alice", "secret", realm)
        record = "sip:alice@sip.example.net"
        account = Account("provider", URI, record, "alice", login, flow, expires_s)
        self.ours = ClientRegistration(self.bench.agent, account, self.bench.now)

    def asked(self) -> list[Message]:
        """What is said when what is due is done."""
        self.ours.tick(self.bench.now)
        return self.bench.says()

    def first(self) -> Message:
        (register,) = self.asked()
        assert register.method == "REGISTER"
        return register

    def says(self, to: Message, code: int, *headers: tuple[str, str]) -> list[Message]:
        """Answer; what is said to that at once."""
        flow, to.flow = to.flow, None
        data = response(to, Reply(code, "p1", headers))
        to.flow = flow
        return self.bench.hears(data, FLOW)

    def challenges(self, to: Message, nonce: str = "n1", *, code: int = 401,
                   extra: str = ', qop="auth"') -> list[Message]:  # fmt: skip
        name = "WWW-Authenticate" if code == 401 else "Proxy-Authenticate"
        return self.says(to, code, (name, f'Digest realm="r", nonce="{nonce}"{extra}'))

    def grants(self, to: Message, seconds: int = 3600) -> None:
        assert self.says(to, 200, ("Contact", f"{CONTACT};expires={seconds}")) == []

    def waits(self, ms: int) -> list[Message]:
        """Let time pass, with all that falls due on either side."""
        end = self.bench.now + ms
        said: list[Message] = []
        while True:
            times = (self.bench.agent.next_deadline(), self.ours.next_deadline())
            due = min((at for at in times if at is not None), default=end + 1)
            if due > end:
                break
            said += self.bench.wait(max(0, due - self.bench.now))
            self.ours.tick(self.bench.now)
            said += self.bench.says()
        self.bench.now = end
        return said

    def renewal(self) -> Message:
        """The next REGISTER, when it is due."""
        for _ in range(99):
            due = self.ours.next_deadline()  # None: one is under way, and is sent again
            said = self.waits(1_000 if due is None else due - self.bench.now)
            if said:  # else what was granted has run out meanwhile
                return said[0]
        raise AssertionError("no REGISTER comes any more")

    def next_in_ms(self) -> int:
        """In how many ms the next REGISTER is due."""
        due = self.ours.next_deadline()
        assert due is not None
        return due - self.bench.now


def login_of(message: Message) -> dict[str, str]:
    return parameters(message.header("authorization") or "") or {}


def registered(provider: Provider, seconds: int = 3600) -> Message:
    """Registered with a login; the REGISTER that was granted."""
    (again,) = provider.challenges(provider.first())
    provider.grants(again, seconds)
    return again


def test_a_register_names_us_our_contact_and_how_long() -> None:
    register = Provider(expires_s=1800).first()
    assert (register.uri, register.flow) == (URI, FLOW)
    assert register.to == "<sip:alice@sip.example.net>" and register.from_.startswith(register.to)
    assert register.header("contact") == f"{CONTACT};expires=1800"
    assert register.header("expires") == "1800" and register.header("authorization") is None


def test_over_tcp_the_contact_says_so() -> None:
    register = Provider(flow=Flow("tcp", "192.0.2.40", 5060)).first()
    assert register.header("contact") == "<sip:alice@192.0.2.1:5060;transport=tcp>;expires=3600"


def test_it_is_not_registered_until_the_first_200() -> None:
    provider = Provider()
    assert (provider.ours.why, provider.ours.registered_until) == (NOT_REGISTERED_YET, 0)
    register = provider.first()
    assert provider.says(register, 100) == [] and provider.ours.why == NOT_REGISTERED_YET
    provider.grants(register, 600)
    assert provider.ours.why == ""
    assert provider.ours.registered_until == provider.bench.now + 600_000


def test_one_call_id_and_a_rising_cseq_through_all_of_it() -> None:
    provider = Provider()
    first = provider.first()
    (second,) = provider.challenges(first)
    provider.grants(second, 100)
    third = provider.renewal()
    assert {m.call_id for m in (first, second, third)} == {first.call_id}
    assert [m.cseq for m in (first, second, third)] == [1, 2, 3]
    assert len({m.branch for m in (first, second, third)}) == 3


@pytest.mark.parametrize("algorithm", ["md5", "sha-256"])
def test_the_login_is_what_a_real_realm_takes(algorithm: str) -> None:
    provider, realm = Provider(), Realm(b"theirs", "sip.example.net")
    first = provider.first()
    (again,) = provider.says(first, 401, *realm.challenge(first, [algorithm], 0))
    claim = realm.claimed(again)
    assert (
        claim is not None and realm.judge(again, claim, password="secret", now=0) is Verdict.RIGHT
    )


@pytest.mark.parametrize(
    ("code", "header"), [(401, "authorization"), (407, "proxy-authorization")]
)
def test_a_proxy_is_answered_in_its_own_header(code: int, header: str) -> None:
    provider = Provider()
    (again,) = provider.challenges(provider.first(), code=code)
    assert (again.header(header) or "").startswith('Digest username="alice"')


def test_a_renewal_uses_the_nonce_again_and_counts() -> None:
    provider = Provider()
    assert login_of(registered(provider, 1000))["nc"] == "00000001"
    renewal = provider.renewal()
    claim = login_of(renewal)
    assert (claim["nonce"], claim["nc"]) == ("n1", "00000002")
    provider.grants(renewal)
    assert provider.ours.why == ""


@pytest.mark.parametrize("extra", [', qop="auth", stale=true', ', qop="auth"'])
def test_a_nonce_that_has_become_old_is_replaced_at_once(extra: str) -> None:
    provider = Provider()
    registered(provider, 1000)
    renewal = provider.renewal()
    (again,) = provider.challenges(renewal, "n2", extra=extra)
    claim = login_of(again)
    assert (claim["nonce"], claim["nc"]) == ("n2", "00000001")
    assert provider.ours.why == ""


def test_two_401_are_a_wrong_password_which_is_tried_slowly() -> None:
    provider = Provider()
    (again,) = provider.challenges(provider.first())
    assert provider.challenges(again, "n2") == []
    assert provider.ours.why == "the provider refuses the login (401 Unauthorized)"
    assert provider.next_in_ms() == 300_000
    (later,) = provider.waits(300_000)
    assert later.header("authorization") is None


def test_a_provider_that_calls_every_nonce_stale_is_not_answered_for_ever() -> None:
    provider = Provider()
    asked = provider.first()
    rounds = 0
    while said := provider.challenges(asked, f"n{rounds}", extra=', qop="auth", stale=true'):
        (asked,) = said
        rounds += 1
    assert rounds == 4 and provider.next_in_ms() == 300_000


@pytest.mark.parametrize("code", [403, 404])
def test_a_refusal_ends_the_registration_at_once(code: int) -> None:
    provider = Provider()
    registered(provider, 1000)
    renewal = provider.renewal()
    provider.says(renewal, code)
    assert provider.ours.registered_until == 0 and f"({code} " in provider.ours.why
    assert provider.next_in_ms() == 300_000


def test_a_challenge_of_another_realm_is_not_answered() -> None:
    provider = Provider(realm="sip.example.net")
    assert provider.challenges(provider.first()) == []
    assert "refuses the login" in provider.ours.why


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("Contact", f"{CONTACT};expires=600"), ("Expires", "60")], 600),
        ([("Contact", "<sip:bob@192.0.2.9>;expires=60, " + CONTACT + ";expires=500")], 500),
        ([("Contact", "<sip:alice@203.0.113.5:40000>;expires=300")], 300),
        ([("Contact", CONTACT), ("Expires", "120")], 120),
        ([("Expires", "240")], 240),
        ([("Contact", CONTACT)], 3600),
        ([("Contact", f"{CONTACT};expires=x")], 3600),
        ([("Contact", f"{CONTACT};expires=4000000000")], 86_400),
    ],
)
def test_the_time_granted_is_obeyed(headers: list[tuple[str, str]], seconds: int) -> None:
    provider = Provider()
    provider.says(provider.first(), 200, *headers)
    assert provider.ours.registered_until == provider.bench.now + seconds * 1000
    assert 850 * seconds <= provider.next_in_ms() <= 900 * seconds


def test_a_grant_of_nothing_is_none() -> None:
    provider = Provider()
    provider.grants(provider.first(), 0)
    assert provider.ours.why == "the provider keeps no registration"
    assert 2_000 <= provider.next_in_ms() <= 2_200


def test_a_423_is_asked_again_for_longer() -> None:
    provider = Provider(expires_s=60)
    (again,) = provider.says(provider.first(), 423, ("Min-Expires", "900"))
    assert again.header("expires") == "900"
    provider.grants(again, 900)
    assert provider.ours.why == ""


@pytest.mark.parametrize("least", ["10", "60", "86401"])
def test_a_423_that_asks_for_nothing_possible_waits(least: str) -> None:
    provider = Provider(expires_s=60)
    assert provider.says(provider.first(), 423, ("Min-Expires", least)) == []
    assert provider.next_in_ms() >= 2_000


@pytest.mark.parametrize(
    ("value", "ms"),
    [("20", 20_000), ("20 (busy);duration=9", 20_000), ("999999", 3_600_000), ("soon", 2_000)],
)
def test_a_503_is_left_alone_for_as_long_as_it_wishes(value: str, ms: int) -> None:
    provider = Provider()
    provider.says(provider.first(), 503, ("Retry-After", value))
    assert ms <= provider.next_in_ms() <= ms * 1.1
    assert provider.ours.why == "the provider answers 503 Service Unavailable"


def test_the_pauses_grow_to_five_minutes_and_no_further() -> None:
    provider, pauses = Provider(), []
    for _ in range(11):
        provider.says(provider.renewal(), 500)
        pauses.append(provider.next_in_ms())
    wanted = [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert all(s * 1000 <= ms <= s * 1100 for s, ms in zip(wanted, pauses, strict=True))


def test_a_success_makes_the_next_pause_short_again() -> None:
    provider = Provider()
    for code in (500, 500, 500):
        provider.says(provider.renewal(), code)
    provider.grants(provider.renewal(), 100)
    provider.says(provider.renewal(), 500)
    assert provider.next_in_ms() <= 2_200


def test_silence_is_told_and_the_next_attempt_finds_the_provider() -> None:
    provider = Provider()
    provider.first()
    said = provider.waits(32_000)
    assert said and {m.method for m in said} == {"REGISTER"}
    assert provider.ours.why == "no answer from the provider"
    again = provider.waits(2_200)[0]
    provider.grants(again)
    assert provider.ours.why == ""


def test_a_connection_that_fails_is_tried_again() -> None:
    provider = Provider()
    register = provider.first()
    assert register.flow is not None
    provider.bench.agent.connection_lost(register.flow, provider.bench.now)
    assert provider.ours.why == "no way to the provider"
    assert 2_000 <= provider.next_in_ms() <= 2_200


def test_what_was_granted_counts_until_it_has_run_out() -> None:
    provider = Provider()
    provider.grants(provider.first(), 100)
    provider.says(provider.renewal(), 503, ("Retry-After", "60"))
    assert provider.ours.why == ""
    provider.waits(15_000)
    assert provider.ours.registered_until == 0
    assert provider.ours.why == "the provider answers 503 Service Unavailable"


def test_a_farewell_takes_the_contact_back_with_the_login_at_once() -> None:
    provider = Provider()
    registered(provider)
    provider.ours.farewell(provider.bench.now)
    (goodbye,) = provider.bench.says()
    assert goodbye.header("contact") == f"{CONTACT};expires=0"
    assert login_of(goodbye)["nc"] == "00000002"
    assert provider.ours.why == NOT_REGISTERED_YET and not provider.ours.is_over
    provider.says(goodbye, 200)
    assert provider.ours.is_over and provider.ours.next_deadline() is None


def test_a_farewell_that_is_challenged_is_said_again_and_one_unanswered_is_over() -> None:
    provider = Provider()
    registered(provider)
    provider.ours.farewell(provider.bench.now)
    provider.ours.farewell(provider.bench.now)
    (goodbye,) = provider.bench.says()
    (again,) = provider.challenges(goodbye, "n2")
    assert again.header("expires") == "0" and login_of(again)["nonce"] == "n2"
    provider.bench.wait(32_000)
    assert provider.ours.is_over


def test_a_farewell_before_any_registration_needs_no_word() -> None:
    provider = Provider()
    provider.ours.farewell(provider.bench.now)
    assert provider.asked() == [] and provider.ours.is_over


def test_a_farewell_during_the_first_register_leaves_nothing_registered() -> None:
    provider = Provider()
    register = provider.first()
    provider.ours.farewell(provider.bench.now)
    (goodbye,) = provider.bench.says()
    provider.grants(register)
    assert provider.ours.registered_until == 0
    provider.says(goodbye, 200)
    assert provider.ours.is_over


HEADERS = st.sampled_from(
    ["WWW-Authenticate", "Proxy-Authenticate", "Contact", "Expires", "Retry-After", "Min-Expires"]
)
VALUES = st.one_of(
    st.integers(-1, 1 << 70).map(str),
    st.sampled_from(
        [CONTACT, "*", "<tel:+1>;expires=7", 'Digest realm="r", nonce="n", qop="auth"', "Digest",
         'Digest realm="r", nonce="n", stale=true', "Basic realm=x", "1;duration=2", "(busy)"]
    ),
    st.text(st.characters(min_codepoint=32, codec="utf-8"), max_size=40),
)  # fmt: skip
ANSWER = st.tuples(
    st.sampled_from([100, 200, 202, 302, 401, 403, 407, 408, 423, 480, 500, 503, 603]),
    st.lists(st.tuples(HEADERS, VALUES), max_size=3),
)


@given(st.lists(ANSWER, max_size=12))
def test_whatever_the_provider_says_there_is_always_a_next_time(
    answers: list[tuple[int, list[tuple[str, str]]]],
) -> None:
    provider = Provider()
    for code, headers in answers:
        provider.says(provider.renewal(), code, *headers)
        patience = range(33)
        while provider.ours.next_deadline() is None:
            assert patience, "nothing is due, and nothing under way ends"
            patience = patience[1:]
            provider.waits(1_000)
        assert 0 < provider.next_in_ms() <= 86_400_000


def test_a_proof_counts_the_uses_of_its_nonce() -> None:
    asked = {"realm": "r", "nonce": "n", "qop": "auth", "opaque": "o"}
    login = Credentials("alice", "secret")
    proof = parameters(prove(asked, login, to=("REGISTER", URI), cnonce="c", count=31)) or {}
    assert (proof["nc"], proof["opaque"], proof["cnonce"]) == ("0000001f", "o", "c")
