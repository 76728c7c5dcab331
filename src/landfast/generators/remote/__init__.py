"""Generators behind a network: one transport, one job engine, a dialect for each service."""
