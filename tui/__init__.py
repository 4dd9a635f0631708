"""The supervisor's console; it draws what the socket says and decides nothing."""
