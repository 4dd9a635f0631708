"""How the user agent names things, and itself: ids that no stranger guesses and we know again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from pbx.sip.dialog.dialog import place_of
from pbx.sip.message.received import Flow, Message

PLACES_MAX = 10_000


class Identity:
    """Tags, branches, Call-IDs: a keyed hash of what they stand for, the key being the secret of
    the installation. `address` gives our own host and port as the far end of a flow sees them."""

    def __init__(self, secret: bytes, epoch: int) -> None:
        self.address: Callable[[Flow], tuple[str, int]] = lambda flow: ("127.0.0.1", 5060)
        self.sound_address = ""  # what descriptions say instead, if set
        self.epoch = epoch
        key = hashlib.blake2b(secret, person=b"token").digest()
        self._keyed = hashlib.blake2b(b"\0", key=key, digest_size=9)  # past the key's own block
        self._count = 0
        self._places: dict[Flow, str] = {}

    def token(self, text: str) -> str:
        """A keyed hash of a text, 18 hexadecimal digits. The text says first what it is for;
        NUL, which no value from the wire can hold, keeps its parts apart."""
        found = self._keyed.copy()
        found.update(text.encode("utf-8", "replace"))
        return found.hexdigest()

    def count(self) -> int:
        """A number not used before by this process."""
        self._count += 1
        return self._count

    def tag(self, message: Message) -> str:
        """Our To-tag for a request: the same for its copies."""
        return self.token(f"tag\0{message.call_id}\0{message.from_tag}\0{message.cseq}")

    def branch(self) -> str:
        """A branch not used before."""
        return "z9hG4bK" + self.token(f"branch\0{self.epoch}\0{self.count()}")

    def own_call_id(self, leg: int, index: int) -> str:
        """The Call-ID of the INVITE to a leg's device: leg, device, and proof that it is ours."""
        return f"{leg:x}-{index}-" + self.token(f"call\0{leg}\0{index}")

    def is_own_call_id(self, call_id: str) -> bool:
        """Whether we, or an earlier process of this installation, made a Call-ID."""
        leg, _, rest = call_id.partition("-")
        index, _, proof = rest.partition("-")
        try:
            return bool(proof) and proof == self.token(f"call\0{int(leg, 16)}\0{int(index)}")
        except ValueError:
            return False

    def place(self, flow: Flow) -> str:
        """Our host:port as the far end of a flow sees it."""
        found = self._places.get(flow)
        if found is None:
            if len(self._places) >= PLACES_MAX:
                self._places.clear()
            found = self._places[flow] = place_of(*self.address(flow))
        return found

    def forget_places(self) -> None:
        """What `address` says may be another from now on."""
        self._places.clear()

    def contact(self, flow: Flow) -> tuple[str, str]:
        """Our Contact on a flow."""
        return "Contact", f"<sip:{self.place(flow)}{flow.uri_transport}>"

    def sound_host(self, flow: Flow) -> str:
        """The address where sound for the far end of a flow is taken."""
        return self.sound_address or self.address(flow)[0]
