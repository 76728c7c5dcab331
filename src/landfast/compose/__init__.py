"""Accepted takes and footage to a film and a timeline."""
