"""What panes are made of: the widget that repaints only rows that changed, and strokes that several panes draw with."""
