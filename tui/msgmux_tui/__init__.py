"""The terminal half of msgmux: the command line, sessions, and all screens."""
