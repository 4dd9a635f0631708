"""The client's side of the socket; without it commands and console see nothing."""
