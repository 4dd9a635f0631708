"""The far end of a leg, as its description and its signalling have it."""

from __future__ import annotations

from typing import NamedTuple


class Peer(NamedTuple):
    """Where sound is sent to, and how; `Media.connect` checks it. `ptime` is in ms.

    `direction` (SENDRECV, SENDONLY …) is ours. `event_payload` is -1 where it takes no keys as
    events. `symmetric` (NEVER, AUTO, ALWAYS) says whether its sound may come from elsewhere, as
    from `signaller`, the address that its signalling has ("": unknown). `is_natted`: its own
    address is none that we could send to."""

    host: str
    port: int
    payload: int
    event_payload: int = -1
    ptime: int = 20
    direction: int = 3
    symmetric: int = 1
    signaller: str = ""
    is_natted: bool = False
