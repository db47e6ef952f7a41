"""How long a test waits for a condition."""

PATIENCE = 120.0
"""Seconds after which waiting for a condition fails. Long, so that a busy machine makes a test slow but not wrong."""
