"""An exact session or a player can be published like a queue: frame by frame, by the thread that polls it."""

import socket
from pathlib import Path

import pytest

from msgmux import MessageQueue
from msgmux.commands import Clean
from msgmux.publishing import FrameSource, Publisher, publish
from msgmux.recording import RecordedTimeline
from msgmux.scenario import parse
from msgmux_tui.session import ExactSession, ReplaySession
from msgmux_tui.session.feeds import open_feed, socketpair_feed
from msgmux_tui.session.protocol import Frame
from msgmux_tui.session.remote import connected
from support.feeds import Clock
from support.viewers import eventually

SCENARIO = """
title = "published"
duration = "20s"
[[producer]]
name = "orders"
rate = "10/s"
[[consumer]]
name = "audit"
"""


def give(source: FrameSource, frame: Frame) -> None:
    source.take(frame.events, frame.state, frame.now, gap=frame.gap)


def test_an_exact_session_is_followed_and_its_commands_come_from_afar() -> None:
    clock = Clock()
    session = ExactSession(parse(SCENARIO, "x.toml"), clock=clock)
    source = FrameSource(session.timeline.header, 0.0, takes=["clean"])
    ours, theirs = socket.socketpair()
    with Publisher(source, "exact") as publisher:
        publisher.attend(theirs)
        far = connected(socketpair_feed(ours, "exact"), patience=60)
        assert far.header.runtime == "virtual"
        for _ in range(50):
            clock.wait(0.1)
            give(source, session.poll())
        state = session.poll().state
        eventually(lambda: far.poll().state.event == state.event)
        assert far.poll().state.without_samples() == state.without_samples()
        # A command of the viewer reaches the session.
        id = far.command(Clean())
        wishes = []
        eventually(lambda: bool(wishes.extend(source.wishes()) or wishes))
        ((command, who, answer),) = wishes
        assert (command, who) == (Clean(), "outside")
        given = session.command(command)
        (outcome,) = [outcome for outcome in session.poll().outcomes if outcome.id == given]
        answer(outcome)
        heard: list[str] = []
        eventually(lambda: bool(heard.extend(o.text for o in far.poll().outcomes if o.id == id) or heard))
        assert heard == [outcome.text]
        far.close()
    session.close()


def test_a_player_that_goes_back_begins_a_new_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    clock = Clock()
    session = ExactSession(parse(SCENARIO, "x.toml"), clock=clock)
    for _ in range(100):
        clock.wait(0.1)
        session.poll()
    session.save(tmp_path / "run.jsonl")
    session.close()
    with RecordedTimeline(tmp_path / "run.jsonl") as timeline:
        player = ReplaySession(timeline, at=timeline.last, clock=clock)
        source = FrameSource(timeline.header, player.now)
        give(source, player.poll())
        with publish(source, "player") as published:
            far = connected(open_feed(published.address), patience=60)
            eventually(lambda: far.poll().state.event == timeline.last)
            player.seek_event(20)
            give(source, player.poll())
            eventually(lambda: far.poll().state.event == 20)
            assert far.timeline.first == far.timeline.last == 20
            assert far.poll().state.without_samples() == timeline.state_at(20).without_samples()
            far.close()


def test_a_queue_on_the_exact_runtime_is_not_published_by_the_environment() -> None:
    from msgmux.publishing.environment import Everything
    from msgmux.runtime import VirtualRuntime

    runtime = VirtualRuntime()
    queue = MessageQueue(runtime=runtime)
    assert Everything("x")(queue) is None
    runtime.close()
