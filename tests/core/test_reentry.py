"""Re-entrant calls, from finalizers, signal handlers and a forked child, never hang."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from msgmux import Consumer, MessageQueue, Reentered
from msgmux.events import Put
from support.injecting import Injector
from support.patience import PATIENCE

EVERY = 3


def ends(work: Callable[[], Any]) -> None:
    """Run ``work`` in a thread, which must end."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "it hangs"
    if failures:
        raise failures[0]


class Dying:
    """A payload that calls the queue in ``__del__``."""

    def __init__(self, queue: MessageQueue, seen: list[int]) -> None:
        self.queue, self.seen = queue, seen

    def __del__(self) -> None:
        self.seen.append(self.queue.snapshot().tail_seq)


SETTINGS: dict[str, dict[str, Any]] = {
    "limit": {"max_messages": 2},
    "overflow": {"max_messages": 2, "overflow": "evict-oldest"},
    "expired": {"retention": 0.0},
    "left": {"retention": 0.0},
}


@pytest.mark.parametrize("why", SETTINGS)
def test_an_evicted_payload_dies_outside_the_lock(why: str) -> None:
    settings = SETTINGS[why]
    seen: list[int] = []

    def work() -> None:
        queue = MessageQueue(clean_every=3600.0, copy_payload=lambda payload: payload, **settings)
        consumer = queue.register_consumer("c", capacity=64 if why == "limit" else 1)
        producer = queue.register_producer("p")
        for _ in range(6):
            producer.put(Dying(queue, seen))
        assert producer.close(wait=True, timeout=PATIENCE)
        if why in ("limit", "expired"):
            # Read the messages, since a payload in a channel stays alive.
            while consumer.cursor < 6 or consumer._level:
                consumer.get(PATIENCE)
        consumer.close()
        queue.clean()
        assert seen, "none has died"
        queue.close()

    ends(work)


def put(queue: MessageQueue) -> None:
    with queue.register_producer("own") as own:
        own.put(1)
        own.put_many([2, 3])


def get(queue: MessageQueue) -> None:
    consumer = queue.register_consumer("own", capacity=2)
    consumer.get(PATIENCE)
    consumer.get_many(2, PATIENCE)
    consumer.close()


def clean(queue: MessageQueue) -> None:
    queue.configure(retention=0.0)
    queue.clean()


@pytest.mark.parametrize("call", [put, get, clean])
def test_a_put_from_inside_arrives_and_other_calls_are_refused_or_answered(
    call: Callable[[MessageQueue], None],
) -> None:
    at = 1 + EVERY // 2
    refused = 0
    while True:
        with MessageQueue(clean_every=3600.0) as queue:
            other, inner = queue.register_consumer("other"), queue.register_producer("inner")
            inner.put_many(["before"] * 5)

            def act() -> None:
                nonlocal refused
                inner.put("inside")  # noqa: B023
                with contextlib.suppress(Reentered):
                    queue.snapshot()
                    return
                refused += 1

            injector = Injector(at, act)
            ends(lambda: injector.run(lambda: call(queue)))  # noqa: B023
            if not injector.raised:
                break
            payloads: list[object] = []
            while "inside" not in payloads:
                payloads.append(other.get(PATIENCE).payload)
            queue.check_structure()
        payloads += [message.payload for message in other]
        assert payloads.count("inside") == 1, injector.place
        at += EVERY
    assert refused, "no point was inside of a lock"


def one_by_one(consumer: Consumer, got: list[int]) -> None:
    for _ in range(5):
        got.append(consumer.get(PATIENCE).seq)


def in_batches(consumer: Consumer, got: list[int]) -> None:
    for _ in range(2):
        got.extend([message.seq for message in consumer.get_many(3, PATIENCE)])


@pytest.mark.parametrize("inner", [one_by_one, in_batches])
@pytest.mark.parametrize("outer", [one_by_one, in_batches])
def test_a_get_from_inside_of_a_get_takes_none_twice(
    outer: Callable[[Consumer, list[int]], None], inner: Callable[[Consumer, list[int]], None]
) -> None:
    at = 1
    refused = 0
    while True:
        with MessageQueue(clean_every=3600.0) as queue:
            consumer, producer = queue.register_consumer("c"), queue.register_producer("p")
            producer.put_many(range(20))
            assert producer.close(wait=True, timeout=PATIENCE)
            got: list[int] = []
            inside: list[int] = []

            def act() -> None:
                nonlocal refused
                try:
                    inner(consumer, inside)  # noqa: B023
                except Reentered:
                    refused += 1

            injector = Injector(at, act)
            ends(lambda: injector.run(lambda: outer(consumer, got)))  # noqa: B023
            if not injector.raised:
                break
        got += [message.seq for message in consumer]
        assert sorted(got + inside) == list(range(1, 21)), injector.place
        at += 1
    assert refused, "no point was inside of a lock"


def test_a_payload_that_lies_about_its_class_is_copied_and_harms_nobody() -> None:
    class Liar:
        __class__ = str  # type: ignore[assignment]

        def __len__(self) -> int:
            raise AssertionError("its length was asked")

    liar = Liar()
    with MessageQueue() as queue, queue.subscribe() as events:
        consumer, producer = queue.register_consumer("c"), queue.register_producer("p")
        producer.put("text")
        producer.put(liar)
        assert consumer.get(PATIENCE).payload == "text"
        got = consumer.get(PATIENCE).payload
        assert type(got) is Liar
        assert got is not liar
        assert queue.snapshot().tail_seq == 2
        assert [event.preview for event in events.drain() if isinstance(event, Put)] in (["text", "Liar"], ["text"])


FORK = """
import os
from msgmux import Closed, MessageQueue
queue = MessageQueue()
producer, consumer = queue.register_producer("p"), queue.register_consumer("c")
producer.put_many(range(600))
consumer.get(60.0)
lock = queue._section.lock
lock.acquire()  # as if another thread held it
child = os.fork()
if child == 0:
    told = 0
    for call in (lambda: producer.put(1), lambda: producer.put_many([1, 2]), lambda: consumer.get(60.0),
                 lambda: consumer.get_many(3), lambda: queue.snapshot(), lambda: queue.clean(),
                 lambda: queue.register_producer("new"), lambda: queue.subscribe()):
        try:
            call()
        except Closed as error:
            told += "forked" in str(error)
    producer.close()
    queue.close()
    os._exit(0 if told == 8 else told + 10)
lock.release()
_, status = os.waitpid(child, 0)
producer.put("on")
queue.close()
print(os.waitstatus_to_exitcode(status))
"""


ENDING = """
import os, sys, threading
from msgmux import Closed, MessageQueue
queue = MessageQueue()
producer, consumer = queue.register_producer("p"), queue.register_consumer("c")
class Dying:
    def __init__(self):
        self.closed, self.say = Closed, os.write
        self.refused = queue.snapshot, queue.clean, consumer.get, lambda register=queue.register_producer: register("q")
        self.answered = queue.close, producer.close, consumer.close
    def __del__(self):
        told = 0
        for call in self.refused:
            try:
                call()
            except self.closed as error:
                told += "interpreter is ending" in str(error)
        for call in self.answered:
            call()
        self.say(1, b"%d refused" % told)
# It dies when the modules are gone; the stopped thread keeps alive what is global here.
sys.kept = Dying()
held = threading.Event()
def hold():
    with queue._section.lock:
        held.set()
        threading.Event().wait()
threading.Thread(target=hold, daemon=True).start()
held.wait()
"""


def test_at_the_interpreters_end_a_finalizer_never_waits_for_a_lock_of_a_stopped_thread() -> None:
    done = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.stdout, done.stderr) == ("4 refused", "")


def test_in_a_forked_child_the_queue_is_closed_and_says_why() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.stdout, done.stderr) == ("0\n", "")
