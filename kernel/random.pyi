"""Random numbers for simulation: xoshiro256++ streams, and what is drawn from them."""

class Draws:
    """A stream by seed and number; streams of one seed are independent of each other."""

    def __init__(self, seed: int, number: int = 0) -> None:
        """Raises ValueError unless both are integers of 64 bits."""

    def uniform(self) -> float:
        """0 <= x < 1, a multiple of 2^-53."""

    def exponential(self) -> float:
        """Of mean 1."""

    def normal(self) -> float:
        """Of mean 0 and standard deviation 1."""
