"""SIP without I/O: bytes and time go in, bytes and events come out."""
