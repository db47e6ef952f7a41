"""What `msgmux-tui` does: a module for each command. `cli.py` has their options."""
