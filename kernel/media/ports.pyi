"""Our ports for sound: a pair of sockets for each leg."""

def raise_descriptor_limit() -> int:
    """Raise RLIMIT_NOFILE to its hard limit and return it. A leg takes two descriptors; the
    daemon calls this once, before the first `open`."""
