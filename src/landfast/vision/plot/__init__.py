"""What was measured, drawn for people."""
