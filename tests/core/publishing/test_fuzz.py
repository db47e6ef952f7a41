"""Whatever a viewer sends, the publisher keeps running, says why it disconnects, and does nothing not allowed."""

import json
import random
import socket

import pytest

from msgmux import MessageQueue, Settings
from msgmux.publishing import Publisher, QueueSource
from support.garbled import garbled
from support.patience import PATIENCE
from support.viewers import eventually

WISHES = (
    b'{"want":"list"}',
    b'{"want":"follow","version":1}',
    b'{"want":"follow","version":1,"every_event":true,"token":"x"}',
    b'{"want":"do","id":7,"do":"clean"}',
    b'{"want":"do","id":8,"do":"configure","changes":{"max_messages":5}}',
    b'{"want":"do","id":9,"do":"remove_consumer","name":"audit"}',
    b'{"want":"do","id":1,"do":"mark","text":"here"}',
    b'{"want":"do","id":2,"do":"add_producer","spec":{"name":"x","rate":{"kind":"constant","per_second":1.0}}}',
    b"GET / HTTP/1.1",
)
KNOWN = {"queue", "header", "tick", "did", "end", "commanded", "cleaner_pass", "levels", "key_frame", "note"}


def say_garbled(lines: int, seed: int) -> None:
    chance = random.Random(seed)
    with MessageQueue() as queue, Publisher(QueueSource(queue, "shop", allow=["clean", "mark"]), "shop") as publisher:
        queue.register_consumer("audit")
        said = 0
        while said < lines:
            ours, theirs = socket.socketpair()
            with ours:
                ours.settimeout(PATIENCE)
                publisher.attend(theirs)
                burst = [garbled(chance.choice(WISHES), chance) for _ in range(chance.randrange(1, 6))]
                said += len(burst)
                try:
                    ours.sendall(b"\n".join(burst) + b"\n")
                    ours.shutdown(socket.SHUT_WR)
                    answer = b"".join(iter(lambda ours=ours: ours.recv(65_536), b""))  # type: ignore[misc]
                except ConnectionError:
                    continue
            # Each line of the answer is complete, except the last if the connection was closed.
            for line in answer.split(b"\n")[:-1]:
                if line.startswith(b"HTTP/1.1 400 "):
                    break  # it is what was asked in, and the last that is said
                assert json.loads(line)["kind"] in KNOWN
        eventually(lambda: not publisher._viewers)
        assert publisher._thread.is_alive()
        assert queue.settings == Settings()
        assert list(queue.snapshot().consumers) == ["audit"]
        assert not queue.snapshot().producers


def test_a_slice_of_garbled_wishes() -> None:
    say_garbled(400, seed=1)


@pytest.mark.soak
def test_ten_thousand_garbled_wishes() -> None:
    say_garbled(10_000, seed=2)
