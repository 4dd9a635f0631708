"""The shell around the exchange, the only part of `pbx` with I/O; without it nothing runs."""
