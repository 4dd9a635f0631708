"""What callers are in that is neither queue nor talk, and what they hear; without it no menus."""
