"""The plain form that nearly all SIP messages have."""

from kernel.sip.head import Head

MANDATORY: int
SINGLE: int
LIMITS: dict[str, int]

class Plain:
    call_id: str
    from_tag: str
    to_tag: str
    branch: str
    host: str
    contact: str
    cseq: int
    port: int
    has_rport: bool
    sent_by: tuple[str, int, bool]

    def stamped(self, host: str, port: int) -> bytes: ...
    def echo(self, host: str, port: int, tag: str) -> bytes: ...

def plain(head: Head) -> Plain | None: ...
