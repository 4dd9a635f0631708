"""What far ends are asked outside of calls; without it no provider knows where we are."""
