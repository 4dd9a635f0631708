"""Translators between the wire and the exchange's facts and commands."""
