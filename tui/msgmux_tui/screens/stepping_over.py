"""A step session over another screen, to which leaving it goes back."""

from msgmux_tui.keys import actions
from msgmux_tui.screens.session import SessionScreen


class SteppingOverScreen(SessionScreen, inherit_bindings=False):
    """The session screen for a session of kind *step*, over the exercise screen."""

    BINDINGS = actions.bindings("session")

    async def action_leave(self) -> None:
        """End the session, and go back to the screen below."""
        self.end()
        # Not awaited: this is one of its own actions, which must end before the screen does.
        _ = self.dismiss()
