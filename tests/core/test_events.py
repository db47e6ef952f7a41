"""The event log: numbers without gaps, slow subscribers that miss events, previews that run no user code."""

import threading

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgmux import MessageQueue, fold
from msgmux.events import AnyEvent, Note, preview
from msgmux.pacing import Constant, Sending
from msgmux.reporting import Reporter
from support.patience import PATIENCE


def test_events_are_numbered_without_gaps_and_in_time_order() -> None:
    with MessageQueue() as queue, queue.subscribe() as events:
        producer, consumer = queue.register_producer("p"), queue.register_consumer("c")
        for n in range(100):
            producer.put(n)
            consumer.get(PATIENCE)
        seen = events.drain()
    assert [event.number for event in seen] == list(range(1, len(seen) + 1))
    assert [event.time for event in seen] == sorted(event.time for event in seen)
    assert {"producer_registered", "consumer_registered", "put", "delivered"} <= {event.kind for event in seen}


def test_a_slow_subscriber_learns_what_it_missed_and_begins_again() -> None:
    with MessageQueue() as queue, queue.subscribe(size=10) as events:
        for n in range(20):
            Reporter(queue).note(f"note {n}")
        seen = events.drain()
        assert (len(seen), events.missed) == (10, 10)
        with pytest.raises(ValueError, match="missed"):
            fold(events.start, seen)
        start = queue.snapshot()
        Reporter(queue).note("on")
        assert fold(start, events.drain()).event == 21
        assert events.missed == 10


def test_with_nobody_listening_no_event_is_made() -> None:
    with MessageQueue() as queue:
        producer = queue.register_producer("p")
        producer.put(1)
        assert producer.close(wait=True, timeout=PATIENCE), "linked, and gone, before anybody listens"
        assert queue.snapshot().event == 0
        with queue.subscribe() as events:
            Reporter(queue).note("first")
            assert [event.number for event in events.drain()] == [1]
        Reporter(queue).note("nobody hears this")
        assert queue.snapshot().event == 1


def test_iterating_waits_for_events_until_the_queue_is_closed() -> None:
    queue = MessageQueue()
    texts: list[str] = []
    subscription = queue.subscribe()

    def read() -> None:
        texts.extend(event.text for event in subscription if isinstance(event, Note))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(100):
        Reporter(queue).note(str(n))
    queue.close()
    reader.join(PATIENCE)
    assert not reader.is_alive()
    assert texts == [str(n) for n in range(100)]


def test_closing_a_subscription_sends_its_reader_home() -> None:
    with MessageQueue() as queue:
        subscription = queue.subscribe()
        reader = threading.Thread(target=lambda: list(subscription))
        reader.start()
        subscription.close()
        reader.join(PATIENCE)
        assert not reader.is_alive()


def test_events_survive_json() -> None:
    with MessageQueue(retention=0) as queue, queue.subscribe() as events:
        queue.register_producer("p", pace=Sending(Constant(3.0))).put("é\n")
        queue.register_consumer("c").get(PATIENCE)
        Reporter(queue).stalled("c")
        Reporter(queue).resumed("c")
        Reporter(queue).failed("consumer", "c", RuntimeError("secret"))
        queue.clean()
        queue.configure(max_messages=9)
        seen = events.drain()
    lines = [msgspec.json.encode(event) for event in seen]
    assert [msgspec.json.decode(line, type=AnyEvent) for line in lines] == seen
    assert not any(b"secret" in line for line in lines)


class Hostile:
    def __repr__(self) -> str:
        raise AssertionError("repr was called")

    def __str__(self) -> str:
        raise AssertionError("str was called")

    def __len__(self) -> int:
        raise AssertionError("len was called")


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200), st.integers(), st.none()))
def test_a_preview_is_short_printable_ascii(payload: object) -> None:
    words = preview(payload)
    assert len(words) <= 80
    assert words.isascii()
    assert words.isprintable()


def test_a_preview_never_runs_the_payloads_code() -> None:
    assert preview(Hostile()) == "Hostile"
    assert preview("café ☕\n") == "caf\\u00e9 \\u2615\\n"
    assert preview(b"\xff\x00ok") == "\\\\xff\\u0000ok"
    assert preview("x" * 1000) == "x" * 80
