"""The run's memory: written before money is spent, and after results are on disk."""
