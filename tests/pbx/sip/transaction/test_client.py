"""Requests sent: copies, responses, and timers A to F, K and M as plain numbers."""

from __future__ import annotations

import pytest

from pbx.sip.message.received import Flow, parse
from pbx.sip.transaction.client import ClientTransaction
from pbx.sip.transaction.shared import tidy_time
from tests.pbx.sip.wire import TCP, UDP, Notebook, answer, asked


def sending(method: str = "INVITE", flow: Flow = UDP) -> tuple[Notebook, ClientTransaction]:
    """A notebook that has just sent a request, and its transaction."""
    book = Notebook()
    return book, book.layer.request(asked(method), flow, 0)


def test_the_request_leaves_with_our_via_and_its_length():
    book, txn = sending()
    message = parse(book.wire[0])
    assert (message.method, message.via.host, message.via.port) == ("INVITE", "192.0.2.9", 5060)
    assert message.branch == txn.branch == "z9hG4bKus1"
    assert message.header("content-length") == "0"


def test_timer_a_doubles_without_end_and_timer_b_gives_up():
    book, _ = sending()
    book.run(40_000)
    assert book.sent("INVITE") == [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]
    assert book.told == [("timeout", 32_000)]
    assert len(book.layer) == 0


def test_timer_e_doubles_to_4_s_and_timer_f_gives_up():
    book, _ = sending("OPTIONS")
    book.run(40_000)
    tail = [7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    assert book.sent("OPTIONS") == [0, 500, 1_500, 3_500, *tail]
    assert book.told == [("timeout", 32_000)]


def test_timer_e_is_4_s_once_a_provisional_came():
    book, _ = sending("OPTIONS")
    book.run(400)
    book.hear(answer(book.wire[0], 100))
    book.run(9_000)
    assert book.sent("OPTIONS") == [0, 500, 4_500, 8_500]


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_over_tcp_nothing_is_repeated_but_the_time_out_is_the_same(method: str):
    book, _ = sending(method, TCP)
    book.run(40_000)
    assert book.sent(method) == [0]
    assert book.told == [("timeout", 32_000)]


def test_an_invite_that_rings_is_not_repeated_and_never_times_out():
    book, _ = sending()
    book.hear(answer(book.wire[0], 180))
    book.run(600_000)
    assert book.sent("INVITE") == [0]
    assert book.told == [("response", 180)]


def test_a_refusal_is_acknowledged_and_timer_d_repeats_the_ack_for_32_s():
    book, _ = sending()
    book.hear(answer(book.wire[0], 486))
    book.run(31_999)
    book.hear(answer(book.wire[0], 486))
    assert book.sent("ACK") == [0, 31_999]
    assert book.told == [("response", 486)]
    book.run(tidy_time(32_000))
    assert len(book.layer) == 0


def test_the_ack_of_a_refusal_has_the_invites_branch_route_and_number_and_the_answers_tag():
    book = Notebook()
    book.layer.request(asked(extra=[("Route", "<sip:p;lr>"), ("Subject", "x")]), UDP, 0)
    book.hear(answer(book.wire[0], 404, tag="t404"))
    ack = parse(book.wire[1])
    assert (ack.method, ack.uri, ack.branch) == ("ACK", "sip:ann@192.0.2.1", "z9hG4bKus1")
    assert (ack.cseq, ack.cseq_method, ack.to_tag) == (5, "ACK", "t404")
    assert ack.header("route") == "<sip:p;lr>"
    assert ack.header("subject") is None


def test_over_tcp_timer_d_is_zero():
    book, _ = sending(flow=TCP)
    book.hear(answer(book.wire[0], 486, flow=TCP))
    assert book.sent("ACK") == [0]
    assert len(book.layer) == 0


def test_timer_k_absorbs_copies_of_the_answer_for_5_s_over_udp():
    book, _ = sending("OPTIONS")
    book.hear(answer(book.wire[0], 200))
    book.run(4_999)
    book.hear(answer(book.wire[0], 200))
    assert book.told == [("response", 200)]
    book.run(tidy_time(5_000))
    assert len(book.layer) == 0


def test_over_tcp_timer_k_is_zero():
    book, _ = sending("OPTIONS", TCP)
    book.hear(answer(book.wire[0], 200, flow=TCP))
    assert book.told == [("response", 200)]
    assert len(book.layer) == 0


def test_timer_m_hands_every_2xx_to_the_user_for_32_s():
    book, txn = sending()
    txn.leg = "leg"
    book.hear(answer(book.wire[0], 200))
    book.run(31_999)
    book.hear(answer(book.wire[0], 200))
    book.hear(answer(book.wire[0], 200, tag="fork"))
    assert book.told == [("response", 200)] * 3
    assert txn.leg == "leg"
    book.run(tidy_time(32_000))
    assert len(book.layer) == 0
    assert txn.leg is None


def test_a_2xx_after_the_transaction_is_a_stray():
    book, _ = sending()
    book.run(32_000)
    book.hear(answer(book.wire[0], 200))
    assert book.heard() == ["timeout", "stray"]


def test_a_2xx_of_another_fork_after_a_refusal_is_a_stray():
    book, _ = sending()
    book.hear(answer(book.wire[0], 486))
    book.hear(answer(book.wire[0], 200, tag="fork"))
    assert book.told == [("response", 486), ("stray", 200)]


def test_what_comes_after_the_final_response_moves_nothing():
    book, _ = sending()
    book.hear(answer(book.wire[0], 200))
    book.hear(answer(book.wire[0], 180))
    book.hear(answer(book.wire[0], 486))
    assert book.told == [("response", 200)]
    assert book.sent("ACK") == []


def test_a_cancel_waits_for_the_first_provisional():
    book, txn = sending()
    book.layer.cancel(txn, 100, "SIP;cause=200")
    book.run(700)
    assert book.sent("CANCEL") == []
    book.hear(answer(book.wire[0], 180))
    cancel = parse(book.wire[-1])
    assert (cancel.method, cancel.branch, cancel.cseq) == ("CANCEL", txn.branch, 5)
    assert cancel.header("reason") == "SIP;cause=200"
    assert book.told == [("response", 180)]


def test_a_cancel_is_sent_once_and_its_own_answer_is_kept_from_the_user():
    book, txn = sending()
    book.hear(answer(book.wire[0], 180))
    book.layer.cancel(txn, 0)
    book.layer.cancel(txn, 0)
    assert book.sent("CANCEL") == [0]
    book.hear(answer(book.wire[1], 200))
    book.hear(answer(book.wire[0], 487))
    assert book.told == [("response", 180), ("response", 487)]
    assert book.sent("ACK") == [0]


def test_a_200_that_crosses_the_cancel_reaches_the_user():
    book, txn = sending()
    book.hear(answer(book.wire[0], 180))
    book.layer.cancel(txn, 0)
    book.hear(answer(book.wire[0], 200))
    book.hear(answer(book.wire[1], 481))
    assert book.told == [("response", 180), ("response", 200)]


def test_a_cancelled_invite_without_final_response_is_over_32_s_after_the_cancel():
    book, txn = sending()
    book.hear(answer(book.wire[0], 180))
    book.run(10_000)
    book.layer.cancel(txn, book.now)
    book.hear(answer(book.wire[0], 180))
    book.run(100_000)
    assert book.told == [("response", 180), ("response", 180), ("timeout", 42_000)]
    assert len(book.layer) == 0


def test_a_cancelled_invite_that_nobody_hears_is_over_with_timer_b():
    book, txn = sending()
    book.layer.cancel(txn, 0)
    book.run(100_000)
    assert book.told == [("timeout", 32_000)]
    assert book.sent("CANCEL") == []


def test_there_is_nothing_to_cancel_after_a_final_response():
    book, txn = sending()
    book.hear(answer(book.wire[0], 200))
    book.layer.cancel(txn, 0)
    assert book.sent("CANCEL") == []


def test_only_an_invite_is_cancelled():
    book, txn = sending("OPTIONS")
    with pytest.raises(AssertionError):
        book.layer.cancel(txn, 0)


def test_a_lost_connection_is_told_at_once():
    book, txn = sending(flow=TCP)
    txn.leg = "leg"
    book.layer.transport_failed(TCP, 10)
    assert book.told == [("transport_failed", "INVITE")]
    assert len(book.layer) == 0
    book.layer.transport_failed(TCP, 11)
    assert len(book.told) == 1


def test_a_refusing_udp_port_ends_what_was_sent_there_and_nothing_else():
    book, _ = sending()
    other = Flow("udp", "192.0.2.2", 5060)
    book.layer.request(asked("OPTIONS"), other, 0)
    book.layer.transport_failed(other, 1)
    assert book.told == [("transport_failed", "OPTIONS")]
    assert len(book.layer) == 1


@pytest.mark.parametrize(("at", "tidied"), [(1, 512), (511, 512), (512, 512), (513, 1_024)])
def test_finished_transactions_are_forgotten_together(at: int, tidied: int):
    assert tidy_time(at) == tidied
