"""Another system's logs as calls and events of ours; without it a site begins with no history."""
