"""The console: it draws what the socket says, decides nothing; without it nobody supervises."""
