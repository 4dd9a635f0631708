"""Requests and answers, repeated as RFC 3261 section 17 asks; without it one loss is fatal."""
