"""The screens: the session with its panes, and the small ones that open over it."""
