"""Code shared by several tests: constructed states, programs in a terminal, counters."""
