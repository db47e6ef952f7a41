"""The screens: the session screen with its panes, and the dialogs that open over it."""
