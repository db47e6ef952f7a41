"""The screen of a remote program: accepted and refused commands, its history, and copies of its queue."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec
from textual.pilot import Pilot
from textual.widgets import OptionList

from msgmux import MessageQueue
from msgmux.commands import Clean, Outcome, RemoveConsumer, Retain
from msgmux.errors import MsgmuxError
from msgmux.publishing.places import Place
from msgmux.publishing.wire import Listed
from msgmux.recording import Did, End, Header, Tick
from msgmux.runtime import VirtualRuntime
from msgmux_tui.app import MsgmuxApp
from msgmux_tui.programs.found import NOBODY, Found
from msgmux_tui.screens.attached import AttachedScreen
from msgmux_tui.screens.programs import ProgramsScreen
from msgmux_tui.session import Session
from msgmux_tui.session.remote import RemoteSession
from msgmux_tui.theme.glyphs import UNICODE
from support.feeds import MadeFeed
from support.pilot_stage import acts
from support.sessions import HandClock

TAKES = tuple(sorted([str(kind.__struct_config__.tag) for kind in (Retain, Clean, RemoveConsumer)]))


class Program:
    """A queue that runs only by the test's calls, and a feed of its events."""

    def __init__(self, name: str = "orders") -> None:
        self.runtime = VirtualRuntime()
        self.queue = MessageQueue(runtime=self.runtime, retention=5.0)
        self.events = self.queue.subscribe()
        self.feed = MadeFeed(_line(Header(self.events.start, name, "", 0, "threads", takes=TAKES)), _line(Tick(0.0)))

        def cast() -> None:
            self.producer = self.queue.register_producer("web")
            self.consumer = self.queue.register_consumer("mail")

        self.do(cast)

    def do(self, deed: Callable[[], object]) -> None:
        """Perform ``deed`` in the program and send its events."""
        self.runtime.spawn(deed, "program")
        self.runtime.run(until=self.runtime.now() + 0.1)
        self.feed.lines += [_line(event) for event in self.events.drain()]

    def put(self, *payloads: str) -> None:
        self.do(lambda: [self.producer.put(payload) for payload in payloads])

    def answer(self, outcome: Outcome) -> None:
        """Answer the last command that was sent."""
        given = msgspec.json.decode(self.feed.sent[-1])
        self.feed.lines.append(_line(Did(given["id"], outcome.text, outcome.ok)))


def _line(record: msgspec.Struct) -> bytes:
    return msgspec.json.encode(record)


class Watching:
    """The app with the screen that watches a :class:`Program`."""

    def __init__(self, pilot: Pilot[None], screen: AttachedScreen, clock: HandClock) -> None:
        self.pilot, self.screen, self.clock = pilot, screen, clock

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.show()

    async def show(self) -> None:
        self.clock.now += 0.05
        self.screen.pull()
        await self.pilot.pause()

    @property
    def text(self) -> str:
        strips = self.pilot.app.screen._compositor.render_strips()
        return "\n".join(["".join([segment.text for segment in strip]) for strip in strips])

    @property
    def notice(self) -> str:
        return self.screen.view().notice

    @property
    def mode(self) -> str:
        return self.screen.view().mode


@asynccontextmanager
async def watching(
    session: Session | None,
    *,
    clock: HandClock,
    look: Callable[[], Sequence[Found]] = list,
    reach: Callable[[Found], Session] | None = None,
) -> AsyncIterator[Watching]:
    def nobody(found: Found) -> Session:
        raise MsgmuxError(f"{found.place.name} can't be reached")

    screen = AttachedScreen(session, UNICODE, look=look, reach=reach or nobody, timer=False)
    screen.clock = clock
    app = MsgmuxApp(screen, theme="dark")
    async with app.run_test(size=(120, 40)) as pilot:
        watched = Watching(pilot, screen, clock)
        await watched.show()
        yield watched
    screen.end()


def found(name: str, pid: int = 41, **more: int) -> Found:
    from pathlib import Path

    listed = Listed(name, pid, "shop.py", 1, more.get("messages", 7), ("web",), ("mail",), 3, False, (), 0)
    return Found(Place(Path(f"/run/{pid}-{name}.sock"), name, pid), listed)


@acts
async def test_it_is_watched_and_its_history_looked_at_while_it_goes_on() -> None:
    program, clock = Program(), HandClock()
    async with watching(RemoteSession(program.feed, clock=clock), clock=clock) as watched:
        program.put("tea", "cups")
        await watched.show()
        assert watched.mode == "WATCHING"
        assert "WATCHING" in watched.text
        assert watched.screen.frame.state.length == 2
        # A remote program can't be paused; its history is opened instead.
        await watched.press("space")
        assert watched.mode == "REPLAY"
        seen = watched.screen.frame.state.event
        program.put("honey")
        await watched.show()
        assert watched.screen.frame.state.event == seen
        await watched.press("l")
        assert (watched.mode, watched.screen.frame.state.length) == ("WATCHING", 3)


@acts
async def test_allowed_commands_are_offered_and_sent_and_others_refused() -> None:
    program, clock = Program(), HandClock()
    async with watching(RemoteSession(program.feed, clock=clock), clock=clock) as watched:
        shown = {active.binding.id for active in watched.screen.active_bindings.values() if active.binding.show}
        assert {"queue.retain_longer", "consumer.remove", "player.fork"} <= shown
        assert not {"producer.add", "consumer.stall", "time.pause"} & shown
        await watched.press("t")
        assert msgspec.json.decode(program.feed.sent[-1]) == {"want": "do", "id": 1, "do": "retain", "direction": 1}
        program.answer(Outcome("retention 8s"))
        await watched.show()
        assert watched.notice == "retention 8s"
        count = len(program.feed.sent)
        for key in ("p", "s", "u", "a", "E", ".", "n", "m"):
            await watched.press(key)
            assert watched.notice, key
            assert watched.pilot.app.screen is watched.screen, f"{key} opens no form"
        assert len(program.feed.sent) == count, "nothing of that was even sent"
        await watched.press("x")
        assert "makes an exact copy" in watched.notice


@acts
async def test_a_copy_is_played_with_and_the_connection_kept() -> None:
    program, clock = Program(), HandClock()
    async with watching(RemoteSession(program.feed, clock=clock), clock=clock) as watched:
        program.put("tea", "cups")
        await watched.show()
        await watched.press("r")
        assert watched.mode == "LIVE"
        assert watched.screen.view().badge == "exact"
        # The copy has the same list; its producer is now a sample producer.
        assert [node.preview for node in watched.screen.frame.state.nodes][:1] == [
            program.queue.snapshot().nodes[0].preview
        ]
        assert "l returns to it" in watched.notice
        await watched.press("p")
        assert len(watched.screen.frame.state.producers) == 2
        # A history of the copy, and a copy of the copy.
        await watched.press("h", "b", "r")
        assert watched.mode == "LIVE"
        program.put("honey")
        await watched.press("l")
        await watched.show()
        assert (watched.mode, watched.screen.frame.state.length) == ("WATCHING", 3)
        assert len(watched.screen.frame.state.producers) == 1
        assert not program.feed.closed
    assert program.feed.closed


@acts
async def test_a_program_that_ends_is_gone_and_its_past_stays() -> None:
    program, clock = Program(), HandClock()
    async with watching(RemoteSession(program.feed, clock=clock), clock=clock) as watched:
        program.put("tea", "cups")
        await watched.show()
        program.feed.lines.append(_line(End("orders has ended")))
        program.feed.gone = "orders has gone"
        await watched.show()
        assert watched.mode == "GONE"
        assert "GONE" in watched.text
        assert "orders has ended; its past is here: h looks, W saves it" in watched.text
        await watched.press("t")
        assert "takes nothing any more" in watched.notice
        await watched.press("h", "b")
        assert watched.mode == "REPLAY"
        await watched.press("l")
        await watched.press("r")
        assert (watched.mode, watched.screen.frame.state.length >= 2) == ("LIVE", True)


@acts
async def test_one_that_runs_again_has_a_new_history() -> None:
    program, clock = Program(), HandClock()
    async with watching(RemoteSession(program.feed, clock=clock), clock=clock) as watched:
        program.put("tea", "cups")
        await watched.show()
        program.feed.gone = "orders has gone"
        await watched.show()
        assert watched.mode == "GONE"
        again = Program()
        program.feed.lines += again.feed.lines
        for _ in range(60):
            await watched.show()
        assert watched.mode == "WATCHING"
        assert watched.screen.frame.state.length == 0
        assert watched.screen.session.timeline.first == 0


@acts
async def test_without_a_program_it_lists_them_again_and_again_and_opens_one() -> None:
    program, clock = Program("bills"), HandClock()
    there: list[Found] = []
    reached: list[Found] = []

    def reach(found: Found) -> Session:
        reached.append(found)
        return RemoteSession(program.feed, clock=clock)

    async with watching(None, clock=clock, look=lambda: list(there), reach=reach) as watched:
        while not isinstance(screen := watched.pilot.app.screen, ProgramsScreen):
            await watched.pilot.pause(0.02)
        while NOBODY.split(";")[0] not in watched.text:
            await watched.pilot.pause(0.02)
        there += [found("bills"), found("orders", 42)]
        while screen.query_one(OptionList).option_count < 2 or "shop.py" not in watched.text:
            await watched.pilot.pause(0.02)
        await watched.pilot.press("enter")
        while not reached:
            await watched.pilot.pause(0.02)
        await watched.pilot.pause()
        await watched.show()
        assert [one.place.name for one in reached] == ["bills"]
        assert (watched.mode, watched.screen.session.title) == ("WATCHING", "bills")


@acts
async def test_closing_the_list_without_a_program_ends() -> None:
    clock = HandClock()
    async with watching(None, clock=clock) as watched:
        await watched.pilot.pause()
        await watched.pilot.press("escape")
        await watched.pilot.pause()
        assert watched.pilot.app.return_code == 0
