"""The player's commands on a recording or on a session's history, while the session itself keeps running."""

import time
from abc import abstractmethod
from pathlib import Path

from msgmux.commands import Direction, PauseTime
from msgmux.errors import MsgmuxError
from msgmux_tui.screens import forms
from msgmux_tui.screens.commands import CommandScreen
from msgmux_tui.screens.forms import Place
from msgmux_tui.session import Fork, Frame, Player, ReplaySession, Session, is_remote
from msgmux_tui.viewmodel.timelines import MOST, Timelines
from msgmux_tui.viewmodel.watching import Watching

MOMENT = 0.05
"""Seconds by which a time may differ from the one that is shown with one digit."""


class HistoryScreen(CommandScreen, inherit_bindings=False):
    """A screen that can replace the running session by its history, and fork from a moment of it."""

    # `watching`: what is shown. `running`: the running session, while its history is shown; else None.
    # `forking`: a fork in preparation. `remote`: the connection to a remote queue, kept while a copy is shown.
    watching: Watching
    running: Watching | None = None
    forking: Fork | None = None
    remote: Watching | None = None

    def __init__(self) -> None:
        super().__init__()
        self.timelines = Timelines()

    @property
    def session(self) -> Session:
        return self.watching.session

    @property
    def frame(self) -> Frame:
        return self.watching.frame

    @property
    def player(self) -> Player | None:
        """The shown session if it is a player, else None."""
        return self.watching.player

    @property
    def own(self) -> Session | None:
        """The session that runs on this screen, also while its history is shown; None if a recording is played."""
        watching = self.running or self.watching
        return watching.session if watching.player is None else None

    @abstractmethod
    def show_session(self, watching: Watching) -> None:
        """Show ``watching`` in place of the current session, without closing that."""

    def poll_background(self) -> bool:
        """Poll the sessions that run in the background, once a frame. Returns whether ``running`` has changed."""
        if self.remote is not None:
            self.remote.poll()
        for watching in self.timelines:
            # They are paused, but those on real threads may just be coming to rest.
            watching.poll()
        goes_on = self.running is not None and self.running.poll()
        if self.forking is not None:
            self._advance_fork()
        return goes_on

    def action_pause(self) -> None:
        """Pause or resume. A remote program can't be paused, so there its history is opened instead."""
        if PauseTime in self.session.capabilities:
            super().action_pause()
        else:
            self.action_history()

    def go_away(self) -> None:
        """Pause, so that nothing goes on unseen while the program is suspended."""
        if PauseTime in self.session.capabilities and not self.session.paused:
            self.session.command(PauseTime())
            self.tell("paused while you were away; <time.pause> goes on")

    # Seeking

    def action_history(self) -> None:
        """Open the history of the running session, at its last event."""
        if self.player is not None:
            self.tell("this is the past already; <player.live> goes back to the present")
            return
        self._open_history()

    def _open_history(self) -> Player:
        player = ReplaySession(self.session.timeline, at=self.session.timeline.last, clock=self.clock)
        player.command(PauseTime())
        # After a seek the next frame carries the earlier events too, so the events pane is not empty.
        player.seek_event(player.position)
        self.running = self.watching
        self.show_session(Watching(player))
        self.tell(
            "the past, while all goes on: <player.back> <time.step> step, <player.go> seeks, <player.live> returns"
        )
        return player

    def action_live(self) -> None:
        if self.running is not None:
            running, self.running = self.running, None
            self._cancel_fork()
            self.show_session(running)
            self.tell("back in the present")
        elif self.remote is not None:
            remote, self.remote = self.remote, None
            self._cancel_fork()
            self.timelines.close()
            self.session.close()
            self.show_session(remote)
            self.tell(f"back at {remote.session.title}; the copy is gone")
        elif self.player is not None:
            self.tell("this is a recording; <player.fork> goes on from here, live")
        elif self.timelines.kept:
            self.tell("this is the present of this timeline; <player.timelines> lists the others")
        else:
            self.tell("this is the present")

    def action_step_back(self) -> None:
        player = self._past("<player.back> goes one event back")
        if player is None:
            return
        player.step_back()
        self.pull()

    def action_jump_back(self) -> None:
        player = self._past("<player.back_far> goes back to something notable")
        if player is None:
            return
        player.jump(-1)
        self.pull()

    def _past(self, what: str) -> Player | None:
        """The player; opened if time is paused. While it runs, a key that goes back only says so: ``what`` it does."""
        if self.player is None and not self.session.paused:
            self.tell(f"{what} while paused, or in the history; <player.history> opens it")
            return None
        return self.player or self._open_history()

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
                        begin = player.timeline.begin
                        if place.value < begin - MOMENT and player.timeline.first > 0:
                            self.pull()
                            self.tell(f"what was before {begin:.1f} s is not in this history: it begins there")
                            return
                    case "seq":
                        player.seek_seq(int(place.value))
                    case "event":
                        player.seek_event(int(place.value))
                self.pull()

        timeline = self.session.timeline
        await self.open_dialog(forms.place(timeline.begin, timeline.end, timeline.first, timeline.last), go)

    def seek(self, seconds: float) -> None:
        """Go to ``seconds`` on the recording's clock (a click on the scrub bar)."""
        if self.player is not None:
            self.player.seek_time(seconds)
            self.pull()

    def scrub(self, direction: Direction) -> None:
        """Move back or forward by a twentieth of the whole recording."""
        if self.player is not None:
            timeline = self.player.timeline
            self.player.command(PauseTime())
            self.seek(self.frame.now + direction * (timeline.end - timeline.begin) / 20)

    # Forking

    def action_fork(self) -> None:
        """Continue from the shown moment as a new session on the deterministic runtime."""
        player = self.player
        if player is None and is_remote(self.session):
            # A remote queue accepts few commands; fork a copy of its present state instead.
            player = self._open_history()
        if player is None:
            self.tell("<player.fork> goes on from a moment of the past; <player.history> opens it")
            return
        self._cancel_fork()
        self.session.command(PauseTime())
        try:
            self.forking = Fork(player, clock=self.clock)
        except MsgmuxError as error:
            self.tell(str(error))
            return
        self._advance_fork()

    def _advance_fork(self) -> None:
        assert self.forking is not None
        if not self.forking.work():
            self.tell(f"performing it again up to here: {self.forking.progress:.0%}")
            return
        fork, self.forking = self.forking, None
        assert fork.session is not None
        kept = self.leave_session()
        self.show_session(Watching(fork.session))
        self.pull()
        if kept:
            self.tell(f"{fork.how}. {kept}")
        elif self.remote is not None:
            self.tell(
                f"an exact copy, as it was then, to play with. {self.remote.session.title} goes on; <player.live> "
                "returns to it"
            )

    def leave_session(self) -> str:
        """Keep the shown session before one that was forked from it replaces it: as a timeline, or a remote one in
        ``remote``. Returns what is to be said about that; empty for a remote one.
        """
        self._cancel_fork()
        at = self.frame.now
        here, self.running = self.running or self.watching, None
        if is_remote(here.session):
            self.remote = here
            return ""
        left = self.timelines.shown
        gone = self.timelines.fork(here, at)
        words = f"{left.name} is kept: <player.timelines> lists them"
        return words if gone is None else f"{words}; {gone.name} had to go, {MOST} are kept"

    def _cancel_fork(self) -> None:
        forking, self.forking = self.forking, None
        if forking is not None:
            forking.close()

    # Recording

    def action_record(self) -> None:
        if self.session.recording is not None:
            path = self.session.recording
            self.session.stop_recording()
            self.tell(f"recorded: {path}; {self.replaying(path)}")
            return
        path = self._free_path()
        try:
            self.session.start_recording(path)
        except OSError as error:
            self.tell(f"{path.name} can't be written: {error.strerror}; start the program in a folder of yours")
        except MsgmuxError as error:
            self.tell(str(error))
        else:
            self.tell(f"recording to {path.name}; <session.record> ends it")

    def action_save(self) -> None:
        """Save the session's history (the part still in memory) to a file."""
        path = self._free_path()
        try:
            self.session.save(path)
        except OSError as error:
            self.tell(f"{path.name} can't be written: {error.strerror}; start the program in a folder of yours")
        except MsgmuxError as error:
            self.tell(str(error))
        else:
            timeline = self.session.timeline
            since = f" from {timeline.begin:.0f} s on" if timeline.first > 0 else ""
            self.tell(f"all that happened{since} is saved: {self.replaying(path)}")

    def replaying(self, path: Path) -> str:
        """The command that shows what was written to ``path``."""
        return f"msgmux-tui replay {path.name}"

    def _free_path(self) -> Path:
        """A path in the current directory that does not exist yet."""
        stem = f"{self.stem}-{time.strftime('%Y%m%d-%H%M%S')}"
        path, number = Path.cwd() / f"{stem}.jsonl.gz", 2
        while path.exists():
            path, number = path.with_name(f"{stem}-{number}.jsonl.gz"), number + 1
        return path

    @property
    @abstractmethod
    def stem(self) -> str:
        """The beginning of the names of this session's files."""

    def end(self) -> None:
        """Close all sessions of this screen."""
        self._cancel_fork()
        self.timelines.close()
        for watching in (self.running, self.remote):
            if watching is not None:
                watching.session.close()
        self.session.close()
