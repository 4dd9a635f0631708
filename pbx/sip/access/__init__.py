"""Who is calling, who may, and where phones are; without it strangers are callers."""
