"""A whole site in a folder or file, and back from it; without it a lost disk is a lost site."""
