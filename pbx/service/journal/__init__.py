"""Facts as they came, and their replay; without it a crash loses the running calls."""
