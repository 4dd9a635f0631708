"""The figures of a leg: what its counters come to, by RFC 3550 and the E-model."""

from typing import NamedTuple

class Figures(NamedTuple):
    """What went over one leg since `open`; `far_*` is what the far end's RTCP last said of us."""

    packets_in: int
    octets_in: int  # payload octets, as in RFC 3550
    packets_out: int
    octets_out: int
    lost: int  # expected minus received (RFC 3550 A.3), never below 0
    late: int  # duplicated or out of order; relayed all the same
    dropped: int  # not RTP, an unknown payload, a foreign source, a flood; never relayed
    unsent: int  # the system refused to send
    jitter_us: int  # RFC 3550 A.8
    last_in_ms: int  # age of the last good packet; -1: none yet
    far_lost: int  # cumulative, as the far end counts; 0 before its first report
    far_loss_permille: int  # over its last report interval
    rtt_us: int  # -1: not known
    loss_permille: int  # of the packets expected
    mos_x100: int  # 100 to 441: see kernel.media.mos, from the worse loss, ours or the far end's
    codec: int  # payload type we send, 0 or 8; -1 before `connect`
    elsewhere: str  # "host:port" that sends though it was not promised; "" where none does
    elsewhere_packets: int  # RTP packets from there
    learnt: bool  # whether that is taken for the far end
