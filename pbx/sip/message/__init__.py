"""Messages: read, checked, written; without it there is no SIP."""
