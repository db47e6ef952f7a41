"""What the panes draw: a frozen view, and what it is made from. Nothing here knows Textual."""
