"""All that is kept of one number, found; without it nobody can be told what is kept of them."""
