"""Logs, rosters and calendars as files, and plots; without it plans have no data."""
