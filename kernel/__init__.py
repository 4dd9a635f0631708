"""The compiled kernel: it knows numbers and bytes, no names; without it nothing counts."""
