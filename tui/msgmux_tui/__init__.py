"""The terminal side of msgmux: the command line, the live session, and everything that is drawn."""
