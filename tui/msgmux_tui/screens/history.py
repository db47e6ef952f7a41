"""Going back: the player's commands, over a recording or a session's own history, while the session goes on."""

import time
from abc import abstractmethod
from pathlib import Path

from msgmux.commands import Direction, PauseTime
from msgmux.errors import MsgmuxError
from msgmux_tui.screens import forms
from msgmux_tui.screens.commands import CommandScreen
from msgmux_tui.screens.forms import Place
from msgmux_tui.session import Fork, Frame, Player, ReplaySession, Session, is_elsewhere
from msgmux_tui.viewmodel.watching import Watching


class HistoryScreen(CommandScreen, inherit_bindings=False):
    """A screen that can show what has happened in place of what happens."""

    # What is shown; the session that goes on behind it, while that is its history; a fork that is being made.
    watching: Watching
    present: Watching | None = None
    making: Fork | None = None
    # A program elsewhere, which goes on while a copy of its queue is played with: its connection is kept.
    elsewhere: Watching | None = None

    @property
    def session(self) -> Session:
        return self.watching.session

    @property
    def frame(self) -> Frame:
        return self.watching.frame

    @property
    def player(self) -> Player | None:
        """The session, where it is a player."""
        return self.watching.player

    @property
    def own(self) -> Session | None:
        """The session that has happened here, whatever of it is shown; None where a recording is played."""
        watching = self.present or self.watching
        return watching.session if watching.player is None else None

    @abstractmethod
    def turn_to(self, watching: Watching) -> None:
        """Show another session."""

    def keep_up(self) -> bool:
        """Once a frame: what goes on behind what is shown. Returns whether anything has."""
        if self.elsewhere is not None:
            self.elsewhere.poll()
        goes_on = self.present is not None and self.present.poll()
        if self.making is not None:
            self._make()
        return goes_on

    def action_pause(self) -> None:
        """A program elsewhere can't be paused: then its history stands still, and it goes on."""
        if PauseTime in self.session.capabilities:
            super().action_pause()
        else:
            self.action_history()

    # Back and forth

    def action_history(self) -> None:
        """The history of what goes on, from its present moment."""
        if self.player is not None:
            self.tell("this is the past already; <player.live> goes back to the present")
            return
        self._open_history()

    def _open_history(self) -> Player:
        player = ReplaySession(self.session.timeline, at=self.session.timeline.last, clock=self.clock)
        player.command(PauseTime())
        # A jump brings what went before along.
        player.seek_event(player.position)
        self.present = self.watching
        self.turn_to(Watching(player))
        self.tell(
            "the past, while all goes on: <player.back> <time.step> step, <player.go> seeks, <player.live> returns"
        )
        return player

    def action_live(self) -> None:
        if self.present is not None:
            present, self.present = self.present, None
            self._give_up_making()
            self.turn_to(present)
            self.tell("back in the present")
        elif self.elsewhere is not None:
            elsewhere, self.elsewhere = self.elsewhere, None
            self._give_up_making()
            self.session.close()
            self.turn_to(elsewhere)
            self.tell(f"back at {elsewhere.session.title}; the copy is gone")
        elif self.player is not None:
            self.tell("this is a recording; <player.fork> goes on from here, live")
        else:
            self.tell("this is the present")

    def action_step_back(self) -> None:
        if self.player is None and not self.session.paused:
            self.tell("<player.back> goes one event back while paused, or in the history; <player.history> opens it")
            return
        player = self.player or self._open_history()
        player.step_back()
        self.pull()

    def action_jump_back(self) -> None:
        player = self.player or self._open_history()
        player.jump(-1)
        self.pull()

    def action_step(self, notable: bool = False) -> None:
        if self.player is not None:
            self.session.command(PauseTime())
        super().action_step(notable)

    async def action_go_to(self) -> None:
        def go(place: Place | None) -> None:
            if place is not None:
                player = self.player or self._open_history()
                match place.kind:
                    case "time":
                        player.seek_time(place.value)
                    case "seq":
                        player.seek_seq(int(place.value))
                    case "event":
                        player.seek_event(int(place.value))
                self.pull()

        timeline = self.session.timeline
        await self.open_dialog(forms.place(timeline.begin, timeline.end, timeline.first, timeline.last), go)

    def seek(self, seconds: float) -> None:
        """A click on the scrub bar."""
        if self.player is not None:
            self.player.seek_time(seconds)
            self.pull()

    def scrub(self, direction: Direction) -> None:
        """A twentieth of all that there is, back or on."""
        if self.player is not None:
            timeline = self.player.timeline
            self.player.command(PauseTime())
            self.seek(self.frame.now + direction * (timeline.end - timeline.begin) / 20)

    # Forking

    def action_fork(self) -> None:
        """Go on from the moment that is shown, live, on the deterministic runtime."""
        player = self.player
        if player is None and is_elsewhere(self.session):
            # What is elsewhere can't be changed at will; a copy of it, as it is now, can.
            player = self._open_history()
        if player is None:
            self.tell("<player.fork> goes on from a moment of the past; <player.history> opens it")
            return
        self._give_up_making()
        self.session.command(PauseTime())
        try:
            self.making = Fork(player, clock=self.clock)
        except MsgmuxError as error:
            self.tell(str(error))
            return
        self._make()

    def _make(self) -> None:
        assert self.making is not None
        if not self.making.work():
            self.tell(f"performing it again up to here: {self.making.progress:.0%}")
            return
        fork, self.making = self.making, None
        assert fork.session is not None
        self.give_way()
        self.turn_to(Watching(fork.session))
        self.pull()
        if self.elsewhere is not None:
            self.tell(
                f"an exact copy, as it was then, to play with. {self.elsewhere.session.title} goes on; <player.live> "
                "returns to it"
            )

    def give_way(self) -> None:
        """End what is here, for something else. The connection to a program elsewhere is kept, to come back to."""
        self._give_up_making()
        here, self.present = self.present or self.watching, None
        if is_elsewhere(here.session):
            self.elsewhere = here
        else:
            here.session.close()

    def _give_up_making(self) -> None:
        making, self.making = self.making, None
        if making is not None:
            making.close()

    # Recording

    def action_record(self) -> None:
        if self.session.recording is not None:
            path = self.session.recording
            self.session.stop_recording()
            self.tell(f"recorded: {path}; msgmux-tui replay {path.name}")
            return
        path = self._free_path()
        try:
            self.session.start_recording(path)
        except OSError as error:
            self.tell(f"{path.name} can't be written: {error.strerror}; start the program in a folder of yours")
        else:
            self.tell(f"recording to {path.name}; <session.record> ends it")

    def action_save(self) -> None:
        """What has happened so far, as far as it is remembered."""
        path = self._free_path()
        try:
            self.session.save(path)
        except OSError as error:
            self.tell(f"{path.name} can't be written: {error.strerror}; start the program in a folder of yours")
        else:
            timeline = self.session.timeline
            since = f" from {timeline.begin:.0f} s on" if timeline.first > 0 else ""
            self.tell(f"all that happened{since} is saved: msgmux-tui replay {path.name}")

    def _free_path(self) -> Path:
        """A name that is not taken, in the present folder."""
        stem = f"{self.stem}-{time.strftime('%Y%m%d-%H%M%S')}"
        path, number = Path.cwd() / f"{stem}.jsonl.gz", 2
        while path.exists():
            path, number = path.with_name(f"{stem}-{number}.jsonl.gz"), number + 1
        return path

    @property
    @abstractmethod
    def stem(self) -> str:
        """What files of this session are called."""

    def end(self) -> None:
        """End all sessions."""
        self._give_up_making()
        for watching in (self.present, self.elsewhere):
            if watching is not None:
                watching.session.close()
        self.session.close()
