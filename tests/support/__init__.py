"""What several tests stand on: made-up states, programs in a terminal, counters."""
