"""Legs on the wire, from the INVITE to the BYE; without it nobody can be called."""
