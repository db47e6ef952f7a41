"""Feeds: growing files, sockets, and addresses that can't be followed."""

import os
import socket
from pathlib import Path

import pytest

import msgmux
from msgmux import MessageQueue, MsgmuxError
from msgmux.recording import Header, RecordingWriter
from msgmux_tui.session.feeds import FeedGone, FileFeed, open_feed, socketpair_feed
from msgmux_tui.session.feeds.feed import LONGEST_LINE, Lines
from msgmux_tui.session.remote import connected
from support.viewers import eventually


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_lines_come_whole_however_they_are_cut() -> None:
    whole = b"one\ntwo\n\nthree\n"
    for cut in range(len(whole)):
        lines = Lines()
        assert lines.of(whole[:cut]) + lines.of(whole[cut:]) == [b"one", b"two", b"", b"three"]
    lines = Lines()
    assert lines.of(b"begun") == []
    assert lines.of(b"") == []


def test_a_line_that_has_no_end_is_not_kept() -> None:
    lines = Lines()
    with pytest.raises(FeedGone, match="more than 16 MB"):
        for _ in range(LONGEST_LINE // (1 << 20) + 1):
            lines.of(b"x" * (1 << 20))


def test_a_file_that_grows(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with MessageQueue() as queue, queue.subscribe() as subscription:
        producer = queue.register_producer("orders")
        with RecordingWriter(path, Header(subscription.start, "shop", "", 0, "threads")) as writer:
            session = connected(FileFeed(path))
            for number in range(3):
                producer.put(f"order {number}")
                eventually(lambda number=number: queue.snapshot().tail_seq == number + 1)  # type: ignore[misc]
                for event in subscription.drain():
                    writer.event(event)
                writer.flush()
                assert session.poll().state.tail_seq == number + 1
    # An incomplete line is not returned yet.
    with path.open("ab") as file:
        file.write(b'{"kind":"tick",')
        file.flush()
        assert session.poll().link.phase == "connected"
        file.write(b'"time":0.0}\n')
        file.flush()
        assert session.poll().link.phase == "connected"
    session.close()


def test_a_file_that_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with MessageQueue() as queue:
        header = Header(queue.snapshot(), "first", "", 0, "threads")
        RecordingWriter(path, header).close()
        session = connected(FileFeed(path))
        assert session.poll().link.phase == "connected"
        os.truncate(path, 0)
        frame = session.poll()
        assert frame.link.phase == "gone"
        RecordingWriter(path, Header(queue.snapshot(), "second", "", 0, "threads")).close()
        eventually(lambda: session.poll().link.phase == "connected")
        assert session.title == "second"
        session.close()


def test_what_can_not_be_followed_is_reported(tmp_path: Path) -> None:
    packed = tmp_path / "run.jsonl.gz"
    packed.write_bytes(b"")
    for address, words in (
        (str(packed), "is compressed, and can't be read before it is whole; record to a name without .gz"),
        (str(tmp_path), "is no ordinary file"),
        (str(tmp_path / "none.jsonl"), "No such file"),
        ("unix:", "names no socket"),
        ("unix:" + "x" * 200, "longer than the address of a socket can be"),
        (f"unix:{tmp_path}/none.sock", "no program publishes a queue there"),
        ("tcp://", "names no host and port"),
        ("tcp://localhost", "names no host and port"),
        ("tcp://localhost:99999/", "can't be read"),
        ("ftp://localhost/", "can't be followed; write unix:/PATH"),
    ):
        with pytest.raises(MsgmuxError, match=words):
            open_feed(address)


def test_a_socket_that_a_killed_program_left(tmp_path: Path) -> None:
    path = tmp_path / "left.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    with pytest.raises(MsgmuxError, match="no program answers there any more"):
        open_feed(f"unix:{path}")


def test_a_port_without_a_listener_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    def look() -> None:
        feed = open_feed(f"tcp://127.0.0.1:{port}/?t=x")
        eventually(lambda: feed.take() == ["never"])

    with pytest.raises(MsgmuxError, match="no program answers there any more"):
        look()


@pytest.mark.parametrize("port", [None, 0], ids=["unix", "tcp"])
def test_a_program_that_publishes(port: int | None) -> None:
    with MessageQueue() as queue, msgmux.publish(queue, "shop", port=port) as published:
        session = connected(open_feed(published.address), patience=60)
        producer = queue.register_producer("orders")
        producer.put("paid")
        eventually(lambda: session.poll().state.tail_seq == 1)
        published.close()
        eventually(lambda: session.poll().link.phase == "gone")
        session.close()


def test_a_wrong_token_is_reported() -> None:
    with MessageQueue() as queue, msgmux.publish(queue, "shop", port=0) as published:
        address = published.address.partition("/?")[0]
        with pytest.raises(MsgmuxError, match="the token is wrong"):
            connected(open_feed(f"{address}/?t=wrong"), patience=60)


def test_a_child_has_the_other_end_of_a_pair() -> None:
    from msgmux.publishing import Publisher, QueueSource

    ours, theirs = socket.socketpair()
    with MessageQueue() as queue, Publisher(QueueSource(queue, "shop"), "shop") as publisher:
        publisher.attend(theirs)
        session = connected(socketpair_feed(ours, "the child"), patience=60)
        queue.register_producer("orders").put("paid")
        eventually(lambda: session.poll().state.tail_seq == 1)
        publisher.close("the child has ended")
        eventually(lambda: session.poll().link.phase == "gone")
        assert session.poll().alarm.startswith("the child has ended")
        session.close()
