"""The frozen view that the panes draw, and what it is computed from. Nothing here imports Textual."""
