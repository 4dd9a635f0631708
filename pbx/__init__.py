"""The exchange: decides everything, touches nothing; only `pbx.service` does I/O."""
