"""An engine's snapshot: whole, versioned, exact; and no bytes that are not one do any harm."""

from __future__ import annotations

import base64
import random
import struct
import zlib

import pytest

from kernel.acd import engine as acd
from tests.kernel.acd.floor import ANN, BOB, Floor
from tests.kernel.acd.trace import Trace


def a_busy_floor() -> Floor:
    """Of everything some: waiting, passed by, ringing, granted, withdrawn, wrap-up, paused."""
    floor = Floor(6, levels=[0, 1], relax=[(20_000, [])], max_wait_ms=90_000, retry_ms=60_000)
    for agent in range(5):
        floor.engine.set_agent(agent, order=-agent, levels=[0, 3], queues=[0])
    for now in range(6):
        floor.call(100 + now, priority=now % 3)
    floor.did()
    floor.talk(1_000, 1)
    floor.hang_up(2_000, 1, 30_000)
    floor.answered(3_000, 2)
    floor.released(4_000, 3, refused=True)
    floor.engine.pause(5_000, 4)
    floor.engine.leg_added(6_000, 5)
    floor.did()
    return floor


def restored(data: bytes) -> acd.Engine:
    engine = acd.Engine()
    engine.restore(data)
    return engine


def test_a_restored_engine_equals_the_first() -> None:
    floor = a_busy_floor()
    data = floor.engine.snapshot()
    engine = restored(data)
    assert engine.snapshot() == data
    assert engine.digest() == floor.engine.digest()
    assert engine.next_deadline() == floor.engine.next_deadline()
    assert engine.counts(0) == floor.engine.counts(0)
    assert [engine.standing(a) for a in range(6)] == [floor.engine.standing(a) for a in range(6)]
    for entry in floor.engine.waiting(0):
        assert engine.decisions(entry) == floor.engine.decisions(entry)
        assert engine.why_not(entry) == floor.engine.why_not(entry)


def test_a_restored_engine_goes_on_alike() -> None:
    floor = a_busy_floor()
    engine = restored(floor.engine.snapshot())
    for now in range(7_000, 200_000, 1_500):
        for one in (floor.engine, engine):
            one.advance(now)
        assert engine.actions() == floor.engine.actions()
    assert engine.digest() == floor.engine.digest()


def test_an_empty_engine_has_a_snapshot() -> None:
    engine = restored(acd.Engine().snapshot())
    assert engine.next_deadline() is None
    assert engine.check() == []


def test_restoring_replaces_what_was_there() -> None:
    floor = a_busy_floor()
    floor.engine.restore(acd.Engine().snapshot())
    with pytest.raises(ValueError, match="there is no agent"):
        floor.engine.standing(ANN)


def test_actions_must_be_drained_before_a_snapshot() -> None:
    floor = Floor(1)
    floor.call(1)
    with pytest.raises(AssertionError, match="drained"):
        floor.engine.snapshot()


def test_a_configuration_not_yet_in_force_survives() -> None:
    floor = Floor(2)
    floor.call(1)
    floor.did()
    floor.engine.set_agent(ANN, order=0, levels=[], queues=[])
    floor.engine = restored(floor.engine.snapshot())
    floor.engine.advance(2)
    assert floor.did()[-1] == ("ring", BOB)


def test_a_snapshot_grows_with_what_there_is() -> None:
    floor = Floor(0)
    sizes = []
    for _ in range(3):
        sizes.append(len(floor.engine.snapshot()))
        for _ in range(100):
            floor.call(1)
    assert sizes[2] - sizes[1] == sizes[1] - sizes[0] < 100 * 200


@pytest.mark.parametrize("data", [b"", b"agneracd", b"x" * 64, b"agneracd" + bytes(56)])
def test_what_is_no_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="snapshot"):
        acd.Engine().restore(data)


def test_another_version_is_refused_by_its_number() -> None:
    data = acd.Engine().snapshot()
    with pytest.raises(ValueError, match="version 9"):
        acd.Engine().restore(data[:8] + struct.pack("<I", 9) + data[12:])


# `a_busy_floor` as version 1 wrote it
FIRST = zlib.decompress(
    base64.b85decode(
        b"c-oy-u};H44D}^kT7(2e9iUyP!~i23s4UDK5Pv``(xzPyVq!tMk%57c5s9DRGx!YDPe6sD%I8RDFuvrLr(E7Se$P"
        b"I)qvCpeJG#mZ02~i`MFzNTb`Tp7BCYx9>)i?;#~*Hm#_#Vko`L_@b04vFfH<5ZKC}^Ewh*5#F;eQ!Ws&g{As>#t^"
        b"N>gJJ3?Hee1A>Y&y{>NJ<#&#5ElKv&++`ow>H~f`lac~g#CAFjQbFcqD#uJ!|L`OnV%K*-!`iC$FKKC9vy!9Y_Fa"
        b"kdj5*kBlQp6hr0cf4#_Xf=wwh&59PNI^q5FJQ!QWi+~sjEJUXo8;eIte+d}`u_8Wgsa}#RbbIa$g3+IN33tyh6zM"
        b"TmDF7^L<=@T*vsJ6<weTMl^ou(CiX+YSwGl4JZ*<}9a%-<%PhoJC5so#Y8&*LWwU(!STg4IXMpYx^rW!b%?dNqaL"
        b"3yCk?d*aVnJvD!5j*~yB;t$P9(rcOCMBrQIh~y9bKOwz_>Fp|f%lL#pv(9oA"
    )
)

# ... and as version 2 did
SECOND = zlib.decompress(
    base64.b85decode(
        b"c-pmAy-EW?5Z=4X#uz0AEW}u7u+Y*{V`FV0;tQDI{RKh9%0{`;!ot!rkjgjkF?@`WN09h~>`vgue3`w#P4jVkbF("
        b"wwH#>X1<R-f7U4_0<s{Yn^Tvo<zHw-SRJd%x%hxdQ@9E~zH$2^NIu#W7tW3ahrusb&Rv~F;)X7J_GL<;P8Rmb=~$"
        b"cN+3+5Ea_zqU|6%BKR>Lm_{uKGn2n)tPi=f5-C+T;mJ*Zm~E&)+9cvVEuy{@F9<$z>8~rqaeRd&)0U}i21i!AALL"
        b"4r@{LBO0j<Z_x`|QW_CW=E=TVRn`aF8pm<-7e4zfP^Sx;Q2VLUZWOR614j)H0&jj#6^-TaDo+BTrR4;qx^R{wsF*"
        b"BXCzgzA+;Q4NX{&zhu{5{=IYQZ^Kv>v`6<yBYtIU5#?AF}zVSX?^KF_;5rF2o@2>Qq;MX5UJdfVk8C`^@K0{gxKg"
        b"Ar*L`bKM7V5HEcYx50D`nXWbP9r9N~KgUd89^V)IQJtFUL^@0PbAL2fG}DLlt$}+U`J;KKnNFm$#1Gw{#7`jbL-z"
        b"~St69B1@YjqH#1H+aQoSClw<Y*%=1=$wWRRid"
    )
)


@pytest.mark.parametrize(("version", "data"), [(1, FIRST), (2, SECOND)])
def test_a_snapshot_of_an_older_version_is_read_and_goes_on_alike(
    version: int, data: bytes
) -> None:
    engine, floor = restored(data), a_busy_floor()
    assert struct.unpack_from("<I", data, 8) == (version,)
    assert engine.digest() == floor.engine.digest()
    assert engine.waiting(0) == floor.engine.waiting(0)
    for now in range(7_000, 200_000, 1_500):
        engine.advance(now)
        floor.engine.advance(now)
        assert engine.actions() == floor.engine.actions()
    assert engine.digest() == floor.engine.digest()
    assert restored(engine.snapshot()).snapshot() == engine.snapshot()


def test_a_cut_or_changed_snapshot_is_refused_and_changes_nothing() -> None:
    floor = a_busy_floor()
    data = floor.engine.snapshot()
    dice = random.Random(7)
    for _ in range(200):
        cut = dice.randrange(len(data))
        with pytest.raises(ValueError, match="snapshot"):
            floor.engine.restore(data[:cut])
        flipped = bytes([data[cut] ^ 1 << dice.randrange(8)])
        with pytest.raises(ValueError, match="snapshot"):
            floor.engine.restore(data[:cut] + flipped + data[cut + 1 :])
    assert floor.engine.snapshot() == data


def forged(data: bytes, dice: random.Random) -> bytes:
    """Some of the numbers changed, with a checksum that fits again."""
    numbers = list(struct.unpack_from(f"<{len(data) // 8 - 2}q", data, 16))
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        index = dice.randrange(len(numbers))
        numbers[index] = dice.choice(
            (0, 1, -1, 2, 63, 64, 4_095, 1 << 31, -(1 << 63), (1 << 63) - 1, dice.choice(numbers),
             max(numbers[index], -5) - 1, min(numbers[index], 1 << 62) + 1)
        )  # fmt: skip
    if dice.random() < 0.2:
        del numbers[dice.randrange(len(numbers))]
    rest = struct.pack(f"<{len(numbers)}q", *numbers)
    return data[:12] + struct.pack("<I", zlib.crc32(rest)) + rest


def test_a_forged_snapshot_is_refused_or_sound() -> None:
    data = a_busy_floor().engine.snapshot()
    accepted = 0
    for seed in range(10_000, 13_000):
        engine = acd.Engine()
        try:
            engine.restore(forged(data, random.Random(seed)))
        except ValueError:
            continue
        accepted += 1
        now = max(100_000, engine.next_deadline() or 0)
        try:
            engine.advance(now)
            engine.enter(now, 0, 0)
            engine.advance(now + 100_000)
        except (AssertionError, ValueError):  # its time or its queue is another one
            continue
        assert engine.check() == []
    assert 0 < accepted < 3_000


def test_equal_days_have_equal_digests_and_different_days_do_not() -> None:
    def digest(seed: int) -> int:
        trace = Trace(seed)
        for _ in range(30):
            trace.step()
        return trace.engines[0].digest()

    digests = [digest(seed) for seed in range(50)]
    assert digests == [digest(seed) for seed in range(50)]
    assert len(set(digests)) == 50


def test_a_tick_that_fires_nothing_leaves_the_digest_alone() -> None:
    floor = a_busy_floor()
    before = floor.engine.digest()
    floor.engine.advance(6_001)
    assert floor.engine.digest() == before
