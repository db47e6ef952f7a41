"""The base widget of all panes, which repaints only changed rows, and drawing functions that several panes share."""
