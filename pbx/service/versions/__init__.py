"""Configurations that were in force, and back to one; without it nobody knows what changed."""
