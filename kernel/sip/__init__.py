"""SIP and SDP as bytes: found, read and written; without it no message is understood."""
