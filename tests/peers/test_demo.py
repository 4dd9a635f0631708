"""A visitor with a phone of their own at the demo site: the password printed, a queue, an agent."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.demo import Demo
from tests.peers.ends.baresip import Baresip
from tests.ports import Ports
from tests.site import until

pytestmark = [pytest.mark.peer, pytest.mark.xdist_group("demo")]

ACCOUNT = "auth_pass={};regint=60;audio_codecs=PCMU/8000/1"


def test_a_phone_of_ones_own_calls_a_queue_and_hears_an_agent(
    tmp_path: Path, free_ports: Ports
) -> None:
    with tempfile.TemporaryDirectory(prefix="d") as folder:
        demo = Demo(Path(folder), "--for", "40", "--rate", "60")
        demo.read_until("demo site in")
        port = demo.lines[-1].rpartition(" ")[2]
        demo.read_until("a phone of your own")
        password = demo.lines[-1].partition("password ")[2].partition(";")[0]
        address = f"sip:299@127.0.0.1:{port}"
        phone = Baresip(tmp_path / "phone", address, tone_hz=440, ports=free_ports.block(40))
        try:
            phone.start(ACCOUNT.format(password))
            phone.command("dial", f"sip:4001@127.0.0.1:{port}")
            phone.await_event("CALL_ESTABLISHED")
            demo.read_until("299 calls 4001")
            call = demo.lines[-1].split()[2]
            demo.read_until(f"{call} sales answered by")
            until(lambda: phone.hears_hz() > 0, what="the agent speaks")
            phone.command("hangup")
            demo.read_until(f"{call} sales talk of")
        finally:
            phone.stop()
            demo.stop()
        assert demo.lines[-1].endswith("ended by caller")
