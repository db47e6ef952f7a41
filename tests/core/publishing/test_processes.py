"""Real processes: publishing programs and viewers that are killed, stopped, forked and restarted."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import msgmux
from msgmux import MessageQueue
from support.shops import TESTS, Shop
from support.viewers import PlainViewer, eventually

VIEWER = """
import sys
from support.viewers import PlainViewer
with PlainViewer(sys.argv[1]) as viewer:
    viewer.follow(every_event=True)
    print("here", flush=True)
    for heard in viewer:
        print(heard["kind"], flush=True)
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "msgmux"


def viewer_process(address: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", VIEWER, address],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    return process


def ended(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def test_a_program_that_is_killed() -> None:
    with Shop() as shop, PlainViewer(shop.address) as viewer:
        viewer.follow()
        shop.do("put 3")
        for seq in (1, 2, 3):
            assert viewer.until("put")["seq"] == seq
        shop.kill()
        assert "end" not in [line["kind"] for line in viewer]
        # The socket file is left, but no process listens on it.
        with pytest.raises(ConnectionRefusedError):
            PlainViewer(shop.address)


def test_a_program_that_ends_tells_its_viewers(own_folder: Path) -> None:
    with Shop() as shop, PlainViewer(shop.address) as viewer:
        viewer.follow()
        assert shop.end() == 0
        assert list(viewer)[-1] == {"kind": "end", "text": "shop has ended"}
        assert not list(own_folder.iterdir())


def test_a_viewer_that_is_killed_in_the_middle_of_a_line_is_not_missed() -> None:
    with Shop() as shop:
        with PlainViewer(shop.address) as viewer:
            viewer.follow()
            viewer.socket.sendall(b'{"want":"do","id":1,"do":"cle')
            killed = viewer_process(shop.address)
            shop.do("put 50")
            killed.kill()
            killed.wait()
            shop.do("put 50")
            viewer.until("put", "key_frame")  # or a picture, where so many come at once
        ended(killed)
        eventually(lambda: shop.do("watched") == ["False"])
        with PlainViewer(shop.address) as viewer:
            assert viewer.follow()["start"]["tail_seq"] == 100


def test_a_viewer_that_is_stopped_costs_nothing_and_is_told_what_it_has_missed() -> None:
    with Shop() as shop:
        stopped = viewer_process(shop.address)
        try:
            os.kill(stopped.pid, signal.SIGSTOP)
            shop.do("hot")
            # The viewer reads nothing; when its backlog is full, the publisher ends its subscription.
            eventually(lambda: shop.do("watched") == ["False"])
            # Another viewer is served meanwhile.
            with PlainViewer(shop.address) as viewer:
                viewer.follow()
                viewer.until("key_frame")
            eventually(lambda: shop.do("watched") == ["False"])
            os.kill(stopped.pid, signal.SIGCONT)
            assert stopped.stdout is not None
            assert "told\n" in iter(stopped.stdout.readline, "")
            assert stopped.stdout.readline() == "key_frame\n"
        finally:
            ended(stopped)


def test_a_forked_child_holds_no_socket_open() -> None:
    with Shop() as shop:
        with PlainViewer(shop.address) as viewer:
            viewer.follow()
            shop.do("fork")
            shop.kill()
            # The parent has ended: its viewers see that, and no viewer can connect to the forked child.
            list(viewer)
        with pytest.raises(ConnectionRefusedError):
            PlainViewer(shop.address)


def test_two_programs_of_one_name_and_one_that_starts_again() -> None:
    with Shop() as first, Shop() as second:
        assert first.address != second.address
        for shop in (first, second):
            with PlainViewer(shop.address) as viewer:
                viewer.say(want="list")
                assert viewer.hear()["pid"] == shop.pid
        first.kill()
        with Shop() as again, PlainViewer(again.address) as viewer:
            assert viewer.follow()["start"]["event"] > 0


def test_every_queue_of_a_program_that_does_not_know(own_folder: Path) -> None:
    program = """
import msgmux, sys
with msgmux.MessageQueue() as one, msgmux.MessageQueue() as other:
    print("here", flush=True)
    sys.stdin.readline()
    other.close()
    print("here", flush=True)
    sys.stdin.readline()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MSGMUX_PUBLISH": "hidden"},
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        names = sorted(path.stem.partition("-")[2] for path in own_folder.iterdir())
        assert names == ["hidden", "hidden-2"]
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "here\n"
        assert [path.stem.partition("-")[2] for path in own_folder.iterdir()] == ["hidden"]
        process.stdin.close()
        assert process.wait() == 0
        assert not list(own_folder.iterdir())
    finally:
        ended(process)
        process.stdin.close() if process.stdin is not None else None


def test_a_folder_that_can_not_be_used_is_only_logged_where_the_environment_asked(own_folder: Path) -> None:
    own_folder.write_text("")
    done = subprocess.run(
        [sys.executable, "-c", "import msgmux\nwith msgmux.MessageQueue(): print('goes on')"],
        capture_output=True,
        text=True,
        env={**os.environ, "MSGMUX_PUBLISH": "1"},
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout == "goes on\n"
    assert "no folder" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_is_refused(own_folder: Path) -> None:
    with MessageQueue() as queue, msgmux.publish(queue, "shop") as published:
        path = Path(published.address.removeprefix("unix:"))
        # The permissions of folder and socket refuse other users already. They are opened here to test the check of
        # the peer's uid.
        for parent in (path, *path.parents):
            if parent.stat().st_uid == os.getuid() and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o077)
        program = """
import os, sys
from support.viewers import PlainViewer
os.setgid(65534); os.setuid(65534)
print(PlainViewer(sys.argv[1]).hear()["text"])
"""
        done = subprocess.run(
            [sys.executable, "-c", program, published.address],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            check=False,
        )
        assert done.stdout == "this program belongs to another user, who alone can watch it\n", done.stderr


def test_other_users_cannot_connect(own_folder: Path) -> None:
    with MessageQueue() as queue, msgmux.publish(queue, "shop") as published:
        path = Path(published.address.removeprefix("unix:"))
        assert path.parent.stat().st_mode & 0o077 == 0
        assert path.stat().st_mode & 0o077 == 0
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(path))
