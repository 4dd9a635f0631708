"""SIP without I/O: bytes and time go in, bytes and facts come out; without it no phone rings."""
