"""What things are: frozen records, exact times. No I/O, no pixels."""
