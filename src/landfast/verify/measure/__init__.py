"""What is measured once of a take and its surroundings, and shared by the checks."""
