"""All SQL: calls, segments, recordings and Asterisk's logs on disk; without it nothing is kept."""
