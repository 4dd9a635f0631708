"""Whose message it is, what has no transaction, and that closed ones leave nothing behind."""

from __future__ import annotations

from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import parse
from pbx.sip.transaction.transactions import server_key
from tests.pbx.sip.wire import TCP, UDP, Notebook, answer, ask, asked, received


def old_style(method: str, *, cseq: int = 1, to_tag: str = "") -> bytes:
    """A request of RFC 2543: no branch."""
    return ask(method, cseq=cseq, to_tag=to_tag).replace(b";branch=z9hG4bKa1", b"")


def test_requests_of_different_branches_are_different_transactions():
    book = Notebook()
    book.hear(ask(branch="a"))
    book.hear(ask(branch="b"))
    assert book.heard() == ["request", "request"]


def test_the_same_branch_from_another_sender_is_another_transaction():
    book = Notebook()
    book.hear(ask())
    book.hear(ask().replace(b"UDP 192.0.2.1;", b"UDP 192.0.2.2;"))
    assert book.heard() == ["request", "request"]


def test_the_same_branch_with_another_method_is_another_transaction():
    book = Notebook()
    book.hear(ask("OPTIONS"))
    book.hear(ask("BYE"))
    assert book.heard() == ["request", "request"]


def test_a_request_without_branch_is_told_from_its_copy_and_ends_by_its_ack():
    book = Notebook()
    book.hear(old_style("INVITE"))
    book.hear(old_style("INVITE"))
    book.hear(old_style("INVITE", cseq=2))
    assert book.heard() == ["request", "request"]
    book.servers[0].respond(Reply(486, "near"), 0)
    book.hear(old_style("ACK", to_tag="near"))
    book.run(5_000)
    assert book.sent("486") == [0]


def test_an_ack_without_branch_ends_the_copies_of_a_2xx():
    book = Notebook()
    book.hear(old_style("INVITE"))
    book.servers[0].respond(Reply(200, "near"), 0)
    book.hear(old_style("ACK", to_tag="near"))
    assert book.heard() == ["request", "ack"]


def test_a_bare_magic_cookie_counts_as_no_branch():
    bare = ask("OPTIONS").replace(b"z9hG4bKa1", b"z9hG4bK")
    assert server_key(received(bare), "OPTIONS") == server_key(received(bare), "OPTIONS")
    assert "c1@192.0.2.1" in server_key(received(bare), "OPTIONS")


def test_a_cancel_is_answered_and_told_and_the_invite_stays_the_users():
    book = Notebook()
    book.hear(ask())
    book.hear(ask("CANCEL"))
    book.hear(ask("CANCEL"))
    assert book.sent("200") == [0, 0]
    assert book.heard() == ["request", "cancelled"]
    book.servers[0].respond(Reply(487, "near"), 0)
    assert book.sent("487") == [0]


def test_a_cancel_that_crosses_the_200_is_answered_and_means_nothing():
    book = Notebook()
    book.hear(ask())
    book.servers[0].respond(Reply(200, "near"), 0)
    book.hear(ask("CANCEL"))
    assert book.heard() == ["request"]
    assert parse(book.wire[-1]).cseq_method == "CANCEL"


def test_a_cancel_of_nothing_gets_481_and_no_memory():
    book = Notebook()
    book.hear(ask("CANCEL"))
    assert book.times == [(0, "SIP/2.0 481 Call/Transaction Does Not Exist")]
    assert len(book.layer) == 0


def test_a_stray_ack_is_dropped():
    book = Notebook()
    book.hear(ask("ACK", to_tag="nobody"))
    assert (book.wire, book.told, len(book.layer)) == ([], [], 0)


def test_strays_are_told_but_for_those_of_a_cancel():
    book = Notebook()
    book.layer.request(asked(), UDP, 0)
    sent = book.wire[0]
    book.hear(answer(sent.replace(b"us1", b"them"), 200))
    book.hear(answer(sent.replace(b"us1", b"them").replace(b"5 INVITE", b"5 CANCEL"), 200))
    assert book.told == [("stray", 200)]


def test_past_the_limit_new_requests_get_503_and_open_calls_do_not():
    book = Notebook(transactions_max=2)
    for number in range(4):
        book.hear(ask("OPTIONS", branch=f"n{number}"))
    assert book.heard() == ["request", "request", "overloaded", "overloaded"]
    refused = parse(book.wire[-1])
    assert (refused.code, refused.header("retry-after")) == (503, "5")
    book.hear(ask("BYE", branch="b1", to_tag="near"))
    book.hear(ask("BYE", branch="b2", to_tag="near"))
    book.hear(ask("BYE", branch="b3", to_tag="near"))
    assert book.heard().count("request") == 4
    assert len(book.layer) == 4


def test_while_the_wire_runs_ahead_of_us_new_requests_get_503_and_open_calls_do_not():
    book = Notebook()
    told = book.layer.rush

    def code_of(branch: str, now: int, **more: str) -> int:
        heard, book.now = book.heard().count("request"), now
        book.hear(ask("BYE" if more else "INVITE", branch=branch, **more))
        return 0 if book.heard().count("request") > heard else parse(book.wire[-1]).code

    told(True, 1_000)
    assert code_of("a1", 1_499) == 0, "a burst is no rush"
    told(True, 1_499)
    assert code_of("a2", 1_500) == 503
    assert parse(book.wire[-1]).header("retry-after") == "5"
    assert code_of("a3", 1_500, to_tag="near") == 0
    told(False, 1_600)
    assert code_of("a4", 1_600) == 0
    told(True, 1_601)
    assert code_of("a5", 2_000) == 0, "it counts from the last time that we had caught up"


def test_a_stateless_answer_keeps_nothing_and_is_the_same_for_every_copy():
    book = Notebook()
    for _ in range(3):
        book.layer.respond_statelessly(received(ask()), Reply(401, "t"))
    book.layer.respond_statelessly(received(ask("ACK")), Reply(401, "t"))
    assert book.wire == [book.wire[0]] * 3
    assert len(book.layer) == 0


def test_what_is_known_are_copies_cancels_and_acks_of_what_lives():
    book = Notebook()
    assert not book.layer.is_known(received(ask()))
    book.hear(ask())
    assert book.layer.is_known(received(ask()))
    assert book.layer.is_known(received(ask("CANCEL")))
    assert not book.layer.is_known(received(ask("ACK", branch="b2", to_tag="near")))
    book.servers[0].respond(Reply(200, "near"), 0)
    assert book.layer.is_known(received(ask("ACK", branch="b2", to_tag="near")))
    assert not book.layer.is_known(received(ask("OPTIONS")))


def test_the_ack_to_a_2xx_is_sent_with_a_branch_of_its_own_and_can_be_sent_again():
    book = Notebook()
    book.layer.request(asked(), UDP, 0)
    data = book.layer.ack(asked("ACK"), UDP)
    assert book.wire[-1] == data
    assert parse(data).branch == "z9hG4bKus2"
    assert len(book.layer) == 1


def test_one_connection_lost_leaves_the_others_alone():
    book = Notebook()
    book.hear(ask(), TCP)
    book.layer.request(asked(), UDP, 0)
    book.layer.transport_failed(TCP, 0)
    assert book.told[-1] == ("transport_failed", "INVITE")
    assert len(book.layer) == 1


def one_call(book: Notebook, number: int) -> None:
    """A whole call as a queue has it: one in, one out, two BYEs."""
    book.hear(ask(branch=f"i{number}").replace(b"c1@", b"c%d@" % number))
    book.servers.pop().respond(Reply(200, f"near{number}"), book.now)
    ack = ask("ACK", branch=f"k{number}", to_tag=f"near{number}")
    book.hear(ack.replace(b"c1@", b"c%d@" % number))
    book.layer.request(asked(), UDP, book.now)
    book.hear(answer(book.wire[-1], 180))
    book.hear(answer(book.wire[-1], 200))
    book.layer.request(asked("BYE"), UDP, book.now)
    book.hear(answer(book.wire[-1], 200))
    book.hear(ask("BYE", branch=f"y{number}", to_tag=f"near{number}"))
    book.servers.pop().respond(Reply(200), book.now)
    book.wire.clear()
    book.told.clear()


def test_40_s_after_the_last_of_2000_calls_nothing_is_left():
    book = Notebook(transactions_max=20_000)
    for number in range(2_000):
        one_call(book, number)
        book.run(book.now + 10)
    assert len(book.layer) == 2_000 * 3 + 503  # 20 s of calls, BYEs of ours for some 5 s
    book.run(book.now + 40_000)
    assert len(book.layer) == 0
    assert book.layer.next_deadline() is None
