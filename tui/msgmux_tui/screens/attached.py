"""The screen of ``attach``, ``watch`` and ``follow``: the session screen for a queue in another process.

The key of ``session.open`` lists the other programs that can be watched.
"""

import re
from collections.abc import Callable, Sequence

from msgmux.errors import MsgmuxError
from msgmux.scenario import Scenario
from msgmux_tui.keys import actions
from msgmux_tui.keys.keymap import DEFAULT, Keymap
from msgmux_tui.programs.found import Found
from msgmux_tui.screens.programs import ProgramsScreen
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import Kind, Session, is_remote
from msgmux_tui.session.feeds import FeedGone
from msgmux_tui.session.remote import RemoteSession
from msgmux_tui.theme.glyphs import Glyphs

WATCHED = Scenario("program", title="a program elsewhere")


class Nowhere:
    """A feed without any data, used until a program has been chosen."""

    address = "no program yet"
    connected = False
    beats = False

    def take(self) -> list[bytes]:
        return []

    def send(self, line: bytes) -> None:
        raise FeedGone("no program is watched yet; <session.open> lists those that are here")

    def reconnect(self) -> None: ...

    def close(self) -> None: ...


class AttachedScreen(SessionScreen, inherit_bindings=False):
    """Shows ``session``. With ``session=None`` it first asks which program to watch.

    ``look`` lists the programs that publish a queue; it may take about a second and runs in a worker thread.
    ``reach`` connects to one of them. Both may raise :class:`MsgmuxError`, which is shown to the user.
    """

    BINDINGS = actions.bindings("session")

    def __init__(
        self,
        session: Session | None,
        glyphs: Glyphs,
        *,
        look: Callable[[], Sequence[Found]],
        reach: Callable[[Found], Session],
        keymap: Keymap = DEFAULT,
        notice: str = "",
        timer: bool = True,
    ) -> None:
        self._look, self._reach = look, reach
        self._chosen = session is not None
        super().__init__(
            WATCHED,
            _not_from_here,
            glyphs,
            keymap=keymap,
            notice=notice,
            timer=timer,
            session=session or RemoteSession(Nowhere()),
        )

    def on_mount(self) -> None:
        super().on_mount()
        if not self._chosen:
            self.call_after_refresh(self.action_open)

    async def action_open(self) -> None:
        """Choose another program to watch in place of this one."""

        def watch(found: Found | None) -> None:
            if found is None:
                if not self._chosen:
                    self.app.exit(return_code=0)
                return
            try:
                session = self._reach(found)
            except MsgmuxError as error:
                self.tell(str(error))
                if not self._chosen:
                    self.call_after_refresh(self.action_open)
                return
            self._chosen = True
            self.replace(WATCHED, session)

        await self.open_dialog(ProgramsScreen(self._look), watch)

    async def action_switch(self) -> None:
        if is_remote(self.session):
            self.tell("this is somebody's program, and goes as it goes; <player.fork> makes an exact copy to play with")
        else:
            self.tell("<player.live> goes back to the program")

    @property
    def stem(self) -> str:
        watching = self.remote or self.running or self.watching
        return re.sub(r"[^A-Za-z0-9_.-]+", "-", watching.session.title).strip("-.")[:40] or "program"


def _not_from_here(scenario: Scenario, kind: Kind) -> Session:
    raise MsgmuxError("a program that is watched is not started from here")
