"""How long a test waits for what must come true."""

PATIENCE = 120.0
"""Seconds after which a condition is taken never to come true. Long: a busy machine makes a test slow, not wrong."""
