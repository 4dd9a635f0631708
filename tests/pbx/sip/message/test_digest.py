"""Digest logins: RFC examples, single use, and hostile headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.message.digest import (
    NONCE_MS,
    Credentials,
    Realm,
    Verdict,
    _response,
    answer,
    parameters,
)
from pbx.sip.message.received import Flow, Message
from tests.pbx.sip.ends import PHONE, STRANGER, Caller
from tests.pbx.sip.wire import received

OURS = Credentials("201", "secret")


def asked(*headers: str, flow: Flow = PHONE, name: str = "c1") -> Message:
    """A request as the realm sees it."""
    return received(Caller("4001", flow, name).ask("INVITE", *headers), flow)


def claimed(realm: Realm, message: Message) -> dict[str, str]:
    """The claim in a request."""
    claim = realm.claimed(message)
    assert claim is not None
    return claim


def proof(realm: Realm, now: int, ours: Credentials = OURS, algorithm: str = "md5") -> str:
    """The header of a right answer to a challenge made at `now`."""
    challenges = [value for _, value in realm.challenge(asked(), (algorithm,), now)]
    value = answer(challenges, ours, method="INVITE", uri="sip:4001@192.0.2.1", cnonce="abc")
    return f"Authorization: {value}"


@pytest.mark.parametrize("algorithm", ["md5", "sha-256"])
def test_a_right_password_is_right_once(algorithm: str) -> None:
    realm = Realm(b"key", "agner")
    header = proof(realm, 1_000, algorithm=algorithm)
    message = asked(header)
    assert (
        realm.judge(message, claimed(realm, message), password="secret", now=1_100) is Verdict.RIGHT
    )
    again = asked(header, name="c2")
    assert realm.judge(again, claimed(realm, again), password="secret", now=1_200) is Verdict.STALE


def test_a_copy_of_the_request_is_right_again() -> None:
    realm = Realm(b"key", "agner")
    message = asked(proof(realm, 1_000))
    for now in (1_100, 1_600):
        assert (
            realm.judge(message, claimed(realm, message), password="secret", now=now)
            is Verdict.RIGHT
        )


@pytest.mark.parametrize("password", ["guess", "", None])
def test_a_wrong_password_or_none_is_wrong(password: str | None) -> None:
    realm = Realm(b"key", "agner")
    message = asked(proof(realm, 1_000))
    assert (
        realm.judge(message, claimed(realm, message), password=password, now=1_100) is Verdict.WRONG
    )


def test_an_empty_password_lets_nobody_in() -> None:
    realm = Realm(b"key", "agner")
    message = asked(proof(realm, 1_000, Credentials("201", "")))
    assert realm.judge(message, claimed(realm, message), password="", now=1_100) is Verdict.WRONG


def test_an_old_nonce_one_of_another_address_and_a_made_up_one_are_stale() -> None:
    realm = Realm(b"key", "agner")
    message = asked(proof(realm, 1_000))
    claim = claimed(realm, message)
    assert realm.judge(message, claim, password="secret", now=1_000 + NONCE_MS) is Verdict.STALE
    elsewhere = asked(proof(realm, 1_000), flow=STRANGER)
    assert (
        realm.judge(elsewhere, claimed(realm, elsewhere), password="secret", now=1_001)
        is Verdict.STALE
    )
    other = Realm(b"another key", "agner")
    assert other.judge(message, claim, password="secret", now=1_001) is Verdict.STALE


def test_used_nonces_are_forgotten_when_they_have_run_out() -> None:
    realm = Realm(b"key", "agner")
    for now in range(0, 10 * NONCE_MS, NONCE_MS // 4):
        message = asked(proof(realm, now))
        assert (
            realm.judge(message, claimed(realm, message), password="secret", now=now)
            is Verdict.RIGHT
        )
    assert len(realm._used) <= 5


def test_challenges_come_in_the_order_of_the_setting() -> None:
    realm = Realm(b"key", "agner")
    values = [value for _, value in realm.challenge(asked(), ("sha-256", "md5"), 5, stale=True)]
    assert ["SHA-256" in values[0], "MD5" in values[1]] == [True, True]
    assert all(value.endswith('qop="auth", stale=true') for value in values)


def test_nonces_change_and_cannot_be_guessed_from_each_other() -> None:
    realm = Realm(b"key", "agner")
    one, two = (realm.challenge(asked(name=name), ("md5",), 5)[0][1] for name in "ab")
    assert one != two


# RFC 7616 section 3.9.1
MUFASA = {
    "username": "Mufasa",
    "realm": "http-auth@example.org",
    "uri": "/dir/index.html",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "nc": "00000001",
    "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    "qop": "auth",
}


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_hashes_are_those_of_the_rfc(algorithm: str, response: str) -> None:
    assert _response(MUFASA | {"algorithm": algorithm}, "Circle of Life", method="GET") == response


def test_a_challenge_without_qop_is_answered_in_the_old_way() -> None:
    value = answer(
        ['Digest realm="r", nonce="n"'], OURS, method="REGISTER", uri="sip:x", cnonce="c"
    )
    assert value is not None and "qop" not in value and "cnonce" not in value


def test_the_stronger_of_two_challenges_is_answered_and_its_opaque_returned() -> None:
    challenges = [
        'Digest realm="r", nonce="n", algorithm=MD5, qop="auth"',
        'Digest realm="r", nonce="m", algorithm=SHA-256, qop="auth,auth-int", opaque="a\\"b"',
    ]
    value = answer(challenges, OURS, method="REGISTER", uri="sip:x", cnonce="c")
    assert value is not None
    found = parameters(value)
    assert found is not None
    assert (found["algorithm"], found["nonce"], found["opaque"]) == ("SHA-256", "m", 'a"b')


@pytest.mark.parametrize(
    "challenge",
    [
        "Basic realm=x", 'Digest realm="r"', 'Digest nonce="n"', "Digest",
        'Digest realm="r", nonce="n", algorithm=SHA-512',
        'Digest realm="r", nonce="n", qop="auth-int"',
    ],
)  # fmt: skip
def test_a_challenge_we_cannot_or_may_not_answer_is_left(challenge: str) -> None:
    assert answer([challenge], OURS, method="REGISTER", uri="sip:x", cnonce="c") is None
    strict = Credentials("u", "p", "other")
    assert (
        answer(['Digest realm="r", nonce="n"'], strict, method="REGISTER", uri="x", cnonce="c")
        is None
    )


@pytest.mark.parametrize(
    "value",
    [
        'Digest username="a", realm="", nonce=, ,,=,uri="', "Digest a=b, a=c", 'Digest a="x',
        "Digest " + ",".join(f"a{n}=b" for n in range(40)), "Digest a=" + "x" * 3_000, "", "Digest",
    ],
)  # fmt: skip
def test_malformed_credentials_are_none(value: str) -> None:
    assert parameters(value) is None


@given(st.text(max_size=200))
def test_any_text_is_read_or_left(text: str) -> None:
    found = parameters(f"Digest {text}")
    assert found is None or all(name == name.strip().lower() for name in found)


@pytest.mark.parametrize(
    ("uri", "verdict"),
    [
        ("sip:4001@192.0.2.1", Verdict.RIGHT), ("sip:4001@192.0.2.1:5060", Verdict.RIGHT),
        ("sip:4001@192.0.2.1;transport=tcp", Verdict.RIGHT),
        ("SIPS:%34001@192.0.2.1;x=y", Verdict.RIGHT),
        ("sip:4001:pw@192.0.2.1?a=b", Verdict.RIGHT), ("sip:9@192.0.2.1", Verdict.ASTRAY),
        ("sip:192.0.2.1", Verdict.ASTRAY), ("sip:4001@other.example", Verdict.ASTRAY),
        ("tel:4001", Verdict.ASTRAY), ("192.0.2.1", Verdict.ASTRAY), ("/", Verdict.ASTRAY),
    ],
)  # fmt: skip
def test_a_proof_is_for_a_resource_however_one_gets_there(uri: str, verdict: Verdict) -> None:
    realm = Realm(b"key", "agner")
    message = asked(proof(realm, 1_000))
    claim = claimed(realm, message) | {"uri": uri}
    claim["response"] = _response(claim, "secret", method="INVITE")
    assert realm.judge(message, claim, password="secret", now=1_001) is verdict
    assert realm.judge(message, claim, password="guess", now=1_001) is Verdict.WRONG


def test_two_ports_that_differ_are_two_resources() -> None:
    realm = Realm(b"key", "agner")
    data = Caller("4001", PHONE).ask("INVITE", proof(realm, 1_000))
    message = received(data.replace(b"sip:4001@192.0.2.1 ", b"sip:4001@192.0.2.1:5070 "), PHONE)
    for port, verdict in ((5080, Verdict.ASTRAY), (5070, Verdict.RIGHT)):
        claim = claimed(realm, message) | {"uri": f"sip:4001@192.0.2.1:{port}"}
        claim["response"] = _response(claim, "secret", method="INVITE")
        assert realm.judge(message, claim, password="secret", now=1_001) is verdict


@pytest.mark.parametrize("change", [
    {"algorithm": "SHA-512-256"}, {"algorithm": "MD5-sess"}, {"qop": "auth-int"}, {"nc": None},
    {"cnonce": None}, {"nonce": None}, {"uri": None}, {"response": None},
])  # fmt: skip
def test_what_has_no_hash_of_ours_is_no_guess(change: dict[str, str | None]) -> None:
    realm = Realm(b"key", "agner")
    message = asked(proof(realm, 1_000))
    whole = claimed(realm, message) | change
    claim = {name: value for name, value in whole.items() if value is not None}
    for password in ("secret", "guess", None):
        assert realm.judge(message, claim, password=password, now=1_001) is Verdict.UNFIT


def test_of_two_proofs_the_one_that_can_be_judged_is() -> None:
    realm = Realm(b"key", "agner")
    header = proof(realm, 1_000)
    other = header.replace("algorithm=MD5", "algorithm=SHA-512-256").replace(
        "Digest ", "Digest x=1, "
    )
    foreign = header.replace('realm="agner"', 'realm="AGNER"')
    message = asked(foreign, other, header)
    assert (
        realm.judge(message, claimed(realm, message), password="secret", now=1_001) is Verdict.RIGHT
    )
    assert realm.claimed(asked(foreign)) is None
