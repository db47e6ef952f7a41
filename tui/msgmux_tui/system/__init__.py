"""The process and its terminal: signals, and what the terminal can do."""
