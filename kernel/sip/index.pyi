"""The header index of a SIP message."""

from kernel.sip.head import COMPACT as COMPACT
from kernel.sip.head import NAMES as NAMES
from kernel.sip.head import Head

LINES_LIMIT: int

FINE: int
NOT_SIP: int
START_LINE: int
VERSION: int
CONTROL: int
LINE: int
LINES: int
TOO_LONG: int
UNENDED: int
LENGTH: int

def index(data: bytes, head_max: int, lines_max: int) -> Head: ...
