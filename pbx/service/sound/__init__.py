"""Sounds and recordings, to the media thread; without it callers hear nothing that is said."""
