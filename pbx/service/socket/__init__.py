"""The control and monitor sockets; without it nobody can ask the exchange anything."""
