"""The media thread: RTP, sounds, keys and recordings; without it calls are silent."""
