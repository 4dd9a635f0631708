"""What becomes of legs, from arrival to the record; without it nothing is connected."""
