"""Requests received: responses, their copies, and timers G to L as plain numbers."""

from __future__ import annotations

from pbx.sip.message.outgoing import Reply
from pbx.sip.message.received import Flow, parse
from pbx.sip.transaction.server import INVITE_MOVES, OTHER_MOVES
from pbx.sip.transaction.shared import tidy_time
from tests.pbx.sip.wire import TCP, UDP, Notebook, ask, received

COPIES = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]


def asked(method: str = "INVITE", flow: Flow = UDP) -> Notebook:
    """A notebook whose first server transaction has just come."""
    book = Notebook()
    book.hear(ask(method), flow)
    return book


def reply(book: Notebook, code: int) -> None:
    book.servers[0].respond(Reply(code, "near"), book.now)


def test_an_invite_nobody_answers_gets_its_100_after_200_ms_and_only_one():
    book = asked()
    book.run(60_000)
    assert book.times == [(200, "SIP/2.0 100 Trying")]


def test_an_invite_answered_at_once_gets_no_100():
    book = asked()
    reply(book, 180)
    book.run(1_000)
    assert book.sent("100") == []


def test_a_copy_of_an_invite_is_answered_with_the_last_provisional():
    book = asked()
    book.hear(ask())
    assert book.wire == []
    reply(book, 180)
    book.hear(ask())
    assert book.wire == [book.wire[0]] * 2
    assert book.heard() == ["request"]


def test_timer_g_repeats_a_refusal_over_udp_and_timer_h_ends_it():
    book = asked()
    reply(book, 486)
    book.run(31_999)
    assert book.sent("486") == COPIES
    assert len(book.layer) == 1
    book.run(32_000)
    assert len(book.layer) == 0
    assert book.heard() == ["request"]


def test_over_tcp_a_refusal_is_sent_once_and_timer_h_ends_it_too():
    book = asked(flow=TCP)
    reply(book, 486)
    book.run(31_999)
    assert book.sent("486") == [0]
    assert len(book.layer) == 1
    book.run(tidy_time(32_000))
    assert len(book.layer) == 0


def test_the_ack_ends_the_copies_of_a_refusal_and_timer_i_absorbs_its_own_for_5_s():
    book = asked()
    reply(book, 486)
    book.run(600)
    book.hear(ask("ACK", to_tag="near"))
    book.run(5_599)
    book.hear(ask("ACK", to_tag="near"))
    book.hear(ask())
    assert book.sent("486") == [0, 500]
    assert len(book.layer) == 1
    book.run(tidy_time(5_600))
    assert len(book.layer) == 0
    assert book.heard() == ["request"]


def test_over_tcp_timer_i_is_zero():
    book = asked(flow=TCP)
    reply(book, 486)
    book.hear(ask("ACK", to_tag="near"), TCP)
    assert len(book.layer) == 0


def test_timer_j_answers_copies_of_other_requests_for_32_s_over_udp():
    book = asked("OPTIONS")
    book.hear(ask("OPTIONS"))
    assert book.wire == []
    reply(book, 200)
    book.run(31_999)
    book.hear(ask("OPTIONS"))
    assert book.sent("200") == [0, 31_999]
    book.run(tidy_time(32_000))
    assert len(book.layer) == 0
    assert book.heard() == ["request"]


def test_a_request_the_user_never_answers_is_forgotten_when_its_sender_has_given_up():
    book = asked("OPTIONS")
    book.run(tidy_time(32_000))
    assert (len(book.layer), book.wire) == (0, [])
    reply(book, 200)
    assert book.wire == []


def test_over_tcp_timer_j_is_zero():
    book = asked("OPTIONS", TCP)
    reply(book, 200)
    assert len(book.layer) == 0


def test_a_2xx_is_repeated_until_its_ack_over_udp_and_over_tcp():
    for flow in (UDP, TCP):
        book = asked(flow=flow)
        book.servers[0].leg = "leg"
        reply(book, 200)
        book.run(4_000)
        book.hear(ask("ACK", branch="b2", to_tag="near"), flow)
        book.run(31_999)
        assert book.sent("200") == [0, 500, 1_500, 3_500]
        assert book.told == [("request", "INVITE"), ("ack", "leg")]


def test_timer_l_absorbs_copies_of_an_accepted_invite_for_32_s():
    book = asked()
    reply(book, 200)
    book.hear(ask("ACK", branch="b2", to_tag="near"))
    book.run(31_999)
    book.hear(ask())
    assert book.wire == book.wire[:1]
    assert book.heard() == ["request", "ack"]
    book.run(tidy_time(32_000))
    assert len(book.layer) == 0


def test_copies_of_the_ack_to_a_2xx_are_told_once():
    book = asked()
    reply(book, 200)
    for _ in range(3):
        book.hear(ask("ACK", branch="b2", to_tag="near"))
    assert book.heard() == ["request", "ack"]


def test_an_ack_of_another_dialog_stops_nothing():
    book = asked()
    reply(book, 200)
    book.hear(ask("ACK", branch="b2", to_tag="nearly"))
    book.hear(ask("ACK", branch="b2", to_tag="near", cseq=2))
    book.run(500)
    assert book.sent("200") == [0, 500]
    assert book.heard() == ["request"]


def test_a_2xx_that_nobody_acknowledges_is_told_after_32_s():
    book = asked()
    reply(book, 200)
    book.run(40_000)
    assert book.sent("200") == COPIES
    assert book.told == [("request", "INVITE"), ("no_ack", 32_000)]
    assert len(book.layer) == 0


def test_after_the_final_response_another_has_no_effect():
    book = asked()
    reply(book, 200)
    reply(book, 487)
    assert book.sent("487") == []


def test_a_final_response_lets_go_of_the_request():
    book = asked("OPTIONS")
    assert not book.servers[0].is_final
    reply(book, 200)
    assert book.servers[0].is_final
    assert book.servers[0].leg is None


def test_a_lost_connection_is_told_while_there_is_no_final_response():
    book = asked(flow=TCP)
    book.layer.transport_failed(TCP, 10)
    assert book.told == [("request", "INVITE"), ("transport_failed", "INVITE")]
    assert len(book.layer) == 0
    reply(book, 200)
    assert book.wire == []


def test_a_lost_connection_leaves_an_answered_call_to_its_ack_time_out():
    book = asked(flow=TCP)
    reply(book, 200)
    book.layer.transport_failed(TCP, 10)
    book.run(40_000)
    assert book.heard() == ["request", "no_ack"]


def test_responses_go_to_the_port_of_the_via_unless_it_asks_for_rport():
    book = Notebook()
    book.hear(ask("OPTIONS"), Flow("udp", "192.0.2.77", 33_333))
    book.servers[0].respond(Reply(200, "near"), 0)
    assert book.flows == [Flow("udp", "192.0.2.77", 5060)]
    with_rport = ask("OPTIONS", branch="b;rport")
    book.hear(with_rport, Flow("udp", "192.0.2.77", 33_333))
    book.servers[1].respond(Reply(200, "near"), 0)
    assert book.flows[1] == Flow("udp", "192.0.2.77", 33_333)
    assert parse(book.wire[1]).via.params["rport"] == "33333"


def test_a_reliable_provisional_of_the_user_may_be_sent_past_the_transaction():
    book = asked()
    reply(book, 183)
    book.layer.send(book.servers[0].flow, book.wire[0])
    assert len(book.wire) == 2


def test_no_table_moves_out_of_the_terminated_state():
    for moves in (INVITE_MOVES, OTHER_MOVES):
        assert not any(state.name == "TERMINATED" for state, _ in moves)


def test_a_message_without_flow_is_no_received_message():
    message = received(ask())
    assert message.reply_flow == UDP
