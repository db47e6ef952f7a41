"""The guarantees of publishing, for the publishing program and for its viewers."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import msgmux
from msgmux import MessageQueue, MsgmuxError
from support.patience import PATIENCE
from support.viewers import PlainViewer, eventually


@pytest.fixture(autouse=True)
def own_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("run")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder / "msgmux"


@pytest.fixture
def queue() -> Iterator[MessageQueue]:
    with MessageQueue() as queue:
        yield queue


def test_a_viewer_gets_the_state_then_what_happens(queue: MessageQueue) -> None:
    producer, consumer = queue.register_producer("orders"), queue.register_consumer("audit")
    producer.put("before")
    consumer.get(timeout=60)
    with msgmux.publish(queue, "shop") as published, PlainViewer(published.address) as viewer:
        header = viewer.follow()
        assert header["kind"] == "header"
        assert header["title"] == "shop"
        assert header["start"]["tail_seq"] == 1
        producer.put("paid")
        assert viewer.until("put")["preview"] == "paid"
        assert published.viewers == 1
        assert 0 < header["began"] <= queue.runtime.now()


def test_a_list_says_what_is_there(queue: MessageQueue) -> None:
    queue.register_producer("orders").put(b"x")
    queue.register_consumer("audit")
    with msgmux.publish(queue, "shop", allow=["clean"]) as published, PlainViewer(published.address) as viewer:
        viewer.say(want="list")
        heard = viewer.hear()
        assert heard["name"] == "shop"
        assert heard["producers"] == ["orders"]
        assert heard["consumers"] == ["audit"]
        assert heard["takes"] == ["clean"]
        assert heard["viewers"] == 0


def test_without_a_viewer_nobody_subscribes(queue: MessageQueue) -> None:
    log = queue._store.log
    with msgmux.publish(queue, "shop") as published:
        assert not log.active
        with PlainViewer(published.address) as viewer:
            viewer.follow()
            assert log.active
        eventually(lambda: not log.active)
        assert published.viewers == 0


def test_without_previews_no_word_of_a_payload_leaves(queue: MessageQueue) -> None:
    producer = queue.register_producer("orders")
    producer.put("a secret")
    eventually(lambda: queue.snapshot().length > 0)
    with msgmux.publish(queue, "shop", previews=False) as published, PlainViewer(published.address) as viewer:
        assert "secret" not in str(viewer.follow())
        producer.put("another secret")
        put = viewer.until("put")
        assert put["size"] == len("another secret")
        assert put["preview"] == ""


def test_what_is_allowed_is_done_and_told_as_from_outside(queue: MessageQueue) -> None:
    queue.register_consumer("audit")
    allow = ["retention", "close_consumer"]
    with msgmux.publish(queue, "shop", allow=allow) as published, PlainViewer(published.address) as viewer:
        viewer.follow()
        viewer.say(want="do", id=1, do="configure", changes={"retention": 5.0})
        assert viewer.until("did") == {
            "kind": "did", "id": 1, "ok": True, "text": "the queue is set: retention", "hint": "", "select": None,
        }  # fmt: skip
        assert queue.settings.retention == 5.0
        told = viewer.until("commanded")
        assert told["who"].startswith("outside")
        viewer.say(want="do", id=2, do="configure", changes={"retention": 6.0, "max_messages": 3})
        refused = viewer.until("did")
        assert not refused["ok"]
        assert "allow=['bounds']" in refused["text"]
        viewer.say(want="do", id=3, do="remove_consumer", name="nobody")
        assert "no consumer named 'nobody'" in viewer.until("did")["text"]
        viewer.say(want="do", id=4, do="remove_consumer", name="audit")
        assert viewer.until("did")["ok"]
        viewer.say(want="do", id=5, do="stall", name="audit")
        assert "takes no 'stall' from outside" in viewer.until("did")["text"]
    assert queue.settings == msgmux.Settings(retention=5.0)
    assert not queue.snapshot().consumers


def test_nobody_allows_what_is_not_there(queue: MessageQueue) -> None:
    with pytest.raises(MsgmuxError, match="allow names 'everything'"):
        msgmux.publish(queue, "shop", allow=["everything"])


@pytest.mark.parametrize("name", ["", "a/b", "a b", "ä", "x" * 41])
def test_a_name_must_be_a_plain_one(queue: MessageQueue, name: str) -> None:
    with pytest.raises(MsgmuxError, match="no name to publish under"):
        msgmux.publish(queue, name)


def test_a_name_is_published_once_by_a_process(queue: MessageQueue, own_folder: Path) -> None:
    with msgmux.publish(queue, "shop"):
        with pytest.raises(MsgmuxError, match="already"):
            msgmux.publish(queue, "shop")
        assert len(list(own_folder.iterdir())) == 1
    assert not list(own_folder.iterdir())
    with msgmux.publish(queue, "shop"):
        pass


def test_the_socket_folder_is_private(queue: MessageQueue, own_folder: Path) -> None:
    with msgmux.publish(queue, "shop"):
        assert own_folder.stat().st_mode & 0o777 == 0o700
        (sock,) = own_folder.iterdir()
        assert sock.stat().st_mode & 0o777 == 0o600
    own_folder.chmod(0o755)
    with pytest.raises(MsgmuxError, match="open to others"):
        msgmux.publish(queue, "shop")
    own_folder.rmdir()
    own_folder.symlink_to(own_folder.parent)
    with pytest.raises(MsgmuxError, match="is a link"):
        msgmux.publish(queue, "shop")
    own_folder.unlink()
    own_folder.write_text("")
    with pytest.raises(MsgmuxError, match="no folder"):
        msgmux.publish(queue, "shop")


def test_the_end_is_reported(queue: MessageQueue) -> None:
    producer = queue.register_producer("orders")
    with msgmux.publish(queue, "shop") as published:
        viewer = PlainViewer(published.address)
        viewer.follow()
        producer.put("the last")
        # Wait until the message is linked: before that it is no event.
        assert producer.close(wait=True, timeout=PATIENCE)
    heard = list(viewer)
    assert [line["preview"] for line in heard if line["kind"] == "put"] == ["the last"]
    assert heard[-1] == {"kind": "end", "text": "shop has ended"}
    viewer.close()


def test_by_tcp_only_whoever_knows_the_token(queue: MessageQueue) -> None:
    with msgmux.publish(queue, "shop", port=0) as published:
        assert published.address.startswith("tcp://127.0.0.1:")
        with PlainViewer(published.address) as viewer:
            assert viewer.follow()["kind"] == "header"
        for token in ("wrong", ""):
            with PlainViewer(published.address) as stranger:
                stranger.say(want="follow", version=1, token=token)
                assert "token" in stranger.hear()["text"]
        with PlainViewer(published.address) as stranger:
            stranger.say(want="do", id=1, do="clean")
            assert stranger.hear()["kind"] == "end"


def test_an_older_or_newer_viewer_is_told_so(queue: MessageQueue) -> None:
    with msgmux.publish(queue, "shop") as published, PlainViewer(published.address) as viewer:
        viewer.say(want="follow", version=2)
        assert viewer.hear() == {
            "kind": "end", "text": "version 2 of the stream is asked for; this program speaks 1",
        }  # fmt: skip
        assert list(viewer) == []


def test_what_is_no_wish_is_hung_up_on_in_words(queue: MessageQueue) -> None:
    with msgmux.publish(queue, "shop") as published:
        for nonsense in (
            b"hello\n",
            b"{}\n",
            b'{"want":"follow"}\n',
            b"\xff\n",
            b'{"want":"do","id":1}\n',
            b"[" * 9000,
        ):
            with PlainViewer(published.address) as viewer:
                viewer.socket.sendall(nonsense.removesuffix(b"\n") + b"\n")
                assert viewer.hear()["kind"] == "end"
                assert list(viewer) == []
        with PlainViewer(published.address) as viewer:
            viewer.socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = viewer.file.read().decode()
            assert answer.startswith("HTTP/1.1 400 ")
            assert "msgmux-tui attach" in answer


def test_a_line_without_an_end_is_not_kept(queue: MessageQueue) -> None:
    with msgmux.publish(queue, "shop") as published, PlainViewer(published.address) as viewer:
        try:
            for _ in range(100):
                viewer.socket.sendall(b"x" * 65_536)
        except OSError:
            pass  # it was hung up on before it had sent all
        else:
            assert viewer.hear()["kind"] == "end"
        eventually(lambda: not published._publisher._viewers)


def test_the_seventeenth_viewer_is_refused(queue: MessageQueue) -> None:
    with msgmux.publish(queue, "shop") as published:
        viewers = [PlainViewer(published.address) for _ in range(16)]
        for viewer in viewers:
            viewer.follow()
        with PlainViewer(published.address) as late:
            assert "16 viewers are here already" in late.hear()["text"]
        viewers.pop().close()
        eventually(lambda: len(published._publisher._viewers) == 15)
        with PlainViewer(published.address) as late:
            assert late.follow()["kind"] == "header"
        for viewer in viewers:
            viewer.close()


def test_a_port_that_is_taken_is_reported(queue: MessageQueue) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(MsgmuxError, match="nothing can be published"):
        msgmux.publish(queue, "shop", port=taken.getsockname()[1])
