"""Sample producers and consumers: the times at which they put and get, and commands that change them."""

from collections.abc import Iterator
from random import Random

import pytest

from msgmux import MessageQueue
from msgmux.errors import TaskFailed
from msgmux.events import Failed, Paced, Put
from msgmux.message import Message
from msgmux.runtime import VirtualRuntime
from msgmux.workload import (
    Arrivals,
    Bursts,
    Constant,
    ConsumerWorkload,
    Exponential,
    Fixed,
    OnOff,
    Poisson,
    ProducerWorkload,
    Service,
    Uniform,
)

ONE_A_SECOND = Constant(1.0)
NO_WORK = Fixed(0.0)


class World:
    """A queue in virtual time; it stores what its consumers got, and when they started to work on each message."""

    def __init__(self, **settings: object) -> None:
        self.runtime = VirtualRuntime()
        self.queue = MessageQueue(runtime=self.runtime, **settings)  # type: ignore[arg-type]
        self.events = self.queue.subscribe()
        self.got: dict[str, list[tuple[float, Message]]] = {}

    def producer(
        self, rate: Arrivals = ONE_A_SECOND, *, name: str = "p", capacity: int = 8, **more: object
    ) -> ProducerWorkload:
        handle = self.queue.register_producer(name, capacity)
        return ProducerWorkload(self.queue, handle, rate, **more).start()  # type: ignore[arg-type]

    def consumer(self, work: Service = NO_WORK, *, name: str = "c", capacity: int = 8) -> ConsumerWorkload:
        got = self.got[name] = []

        def on_message(message: Message) -> None:
            got.append((round(self.runtime.now(), 6), message))

        handle = self.queue.register_consumer(name, capacity=capacity)
        return ConsumerWorkload(self.queue, handle, work, on_message=on_message).start()

    def run(self, until: float) -> None:
        self.runtime.run(until=until)

    def times(self, name: str = "c") -> list[float]:
        return [time for time, _ in self.got[name]]

    def payloads(self, name: str = "c") -> list[str]:
        return [message.payload for _, message in self.got[name]]

    def sent(self) -> list[float]:
        """The times, in seconds, at which messages were linked."""
        puts = [event for event in self.events.drain() if isinstance(event, Put)]
        return [round(event.time, 6) for event in puts for _ in range(event.count)]

    def do(self, command: object, *arguments: object) -> None:
        """Perform a command now, in a task of its own."""
        self.runtime.spawn(lambda: command(*arguments), "command")  # type: ignore[operator]


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.runtime.close()


# Producers


def test_the_first_message_comes_at_once_and_the_others_at_a_steady_beat(world: World) -> None:
    world.producer(Constant(2.0))
    world.run(until=1.9)
    assert world.sent() == [0.0, 0.5, 1.0, 1.5]


def test_a_payload_counts_messages_and_names_its_producer(world: World) -> None:
    world.consumer()
    world.producer(payload="{n} {x} {name}{n}", name="{n}")
    world.run(until=1.5)
    assert world.payloads() == ["0 {x} {n}0", "1 {x} {n}1"]


def test_so_many_messages_and_then_it_is_done_and_stays_registered(world: World) -> None:
    world.consumer()
    producer = world.producer(Constant(10.0), messages=3)
    world.run(until=10)
    assert world.payloads() == ["hello from p [0]", "hello from p [1]", "hello from p [2]"]
    assert producer.done
    assert str(world.queue.snapshot().producers["p"].pace) == "done"


def test_bursts_come_at_once_and_the_last_one_is_cut_at_the_limit(world: World) -> None:
    world.producer(Bursts(3, 2.0), messages=7)
    world.run(until=10)
    assert world.sent() == [0.0] * 3 + [2.0] * 3 + [4.0]


def test_a_producer_whose_channel_is_full_blocks_and_does_not_make_up_for_what_it_missed() -> None:
    world = World(max_messages=5, retention=0.0)
    world.producer(Constant(10.0), capacity=2)
    world.run(until=5.0)
    assert world.queue.snapshot().producers["p"].blocked
    world.consumer()
    world.run(until=6.0)
    in_time = [time for time in world.times() if time > 5.0]
    # At 5.0 it gets those that waited in the list, the channel and put, the one due, and a tenth of a second's worth.
    assert world.times().count(5.0) == 5 + 2 + 1 + 1 + 1
    assert 8 <= len(in_time) <= 10
    world.runtime.close()


def test_a_rejected_message_is_counted_and_gone() -> None:
    world = World(max_messages=3, overflow="reject")
    world.queue.register_consumer("reads nothing", capacity=1)
    producer = world.producer(Constant(10.0), messages=10)
    world.run(until=5.0)
    assert (producer.sent, producer.rejected, producer.done) == (
        4,
        6,
        True,
    )  # the first message has been evicted: all consumers have had it
    world.runtime.close()


def test_a_new_rate_holds_at_once(world: World) -> None:
    producer = world.producer(Constant(0.01))
    world.run(until=3.0)
    world.do(producer.set_rate, Constant(2.0))
    world.run(until=4.2)
    assert world.sent() == [0.0, 3.5, 4.0]
    assert str(world.queue.snapshot().producers["p"].pace) == "2/s"


def test_rates_set_again_and_again_do_not_put_the_next_message_off(world: World) -> None:
    producer = world.producer(Constant(1.0))
    for tenth in range(1, 30):
        world.run(until=tenth / 10)
        world.do(producer.set_rate, Constant(1.0))
    assert world.sent() == [0.0, 1.0, 2.0]


def test_with_rate_0_nothing_comes_but_bursts(world: World) -> None:
    producer = world.producer(Constant(1.0))
    world.run(until=0.5)
    world.do(producer.set_rate, Constant(0.0))
    world.run(until=5.0)
    world.do(producer.burst, 3)
    world.run(until=9.0)
    assert world.sent() == [0.0, 5.0, 5.0, 5.0]


def test_a_burst_is_sent_at_once_also_by_one_that_is_done(world: World) -> None:
    producer = world.producer(Constant(1.0), messages=1)
    world.run(until=3.0)
    assert producer.done
    world.do(producer.burst, 2)
    world.run(until=3.5)
    assert world.sent() == [0.0, 3.0, 3.0]
    assert (producer.done, producer.sent) == (True, 3)


def test_a_new_payload_counts_on(world: World) -> None:
    world.consumer()
    producer = world.producer(Constant(1.0), payload="a{n}")
    world.run(until=0.5)
    world.do(producer.set_payload, "b{n}")
    world.run(until=1.5)
    assert world.payloads() == ["a0", "b1"]


def test_stopping_ends_a_producer_also_in_the_middle_of_a_blocked_put() -> None:
    world = World(max_messages=1)
    world.queue.register_consumer("reads nothing", capacity=1)
    producer = world.producer(Constant(10.0), capacity=1)
    world.run(until=2.0)
    assert world.queue.snapshot().producers["p"].blocked
    world.do(producer.stop)
    world.do(world.queue.unregister_consumer, "reads nothing")
    world.run(until=3.0)
    assert producer.join(0)
    world.run(until=60.0)
    assert "p" not in world.queue.snapshot().producers
    world.runtime.close()


def test_a_halted_producer_stays_registered(world: World) -> None:
    producer = world.producer(Constant(10.0))
    world.run(until=0.05)
    world.do(producer.halt)
    world.run(until=2.0)
    assert world.sent() == [0.0]
    assert "p" in world.queue.snapshot().producers


def test_a_seed_decides_all_whoever_else_is_there() -> None:
    def times(seed: int, *, others: int = 0, name: str = "p") -> list[float]:
        world = World()
        for n in range(others):
            world.producer(Poisson(5.0), name=f"other {n}", seed=seed)
        world.producer(Poisson(5.0), name=name, seed=seed)
        world.run(until=10.0)
        puts = [event for event in world.events.drain() if isinstance(event, Put)]
        world.runtime.close()
        return [event.time for event in puts if event.producer == name]

    assert times(1) == times(1, others=3)
    assert times(1) != times(2)
    assert times(1) != times(1, name="q")
    assert 30 < len(times(1)) < 75


# Consumers


def test_a_consumer_works_on_one_message_after_another(world: World) -> None:
    world.consumer(Fixed(0.5))
    world.producer(Bursts(3, 10.0))
    world.run(until=5.0)
    assert world.times() == [0.0, 0.5, 1.0]


def test_a_stalled_consumer_takes_nothing_and_loses_nothing(world: World) -> None:
    consumer = world.consumer(capacity=2)
    world.producer(Constant(1.0))
    world.run(until=2.5)
    world.do(consumer.stall)
    world.run(until=6.5)
    assert world.times() == [0.0, 1.0, 2.0]
    assert world.queue.snapshot().consumers["c"].status == "stalled"
    world.do(consumer.resume)
    world.run(until=7.5)
    assert world.times() == [0.0, 1.0, 2.0, 6.5, 6.5, 6.5, 6.5, 7.0]
    assert [message.seq for _, message in world.got["c"]] == list(range(1, 9))
    assert world.queue.snapshot().consumers["c"].status == "running"


def test_stalling_and_resuming_twice_is_once(world: World) -> None:
    consumer = world.consumer()
    for command in (consumer.resume, consumer.stall, consumer.stall, consumer.resume, consumer.resume):
        world.do(command)
    world.run(until=1.0)
    assert [event.kind for event in world.events.drain() if event.kind in ("stalled", "resumed")] == [
        "stalled",
        "resumed",
    ]


def test_a_new_service_time_shortens_the_work_in_progress(world: World) -> None:
    consumer = world.consumer(Fixed(100.0))
    world.producer(Bursts(3, 1000.0))
    world.run(until=2.0)
    world.do(consumer.set_work, Fixed(0.5))
    world.run(until=5.0)
    assert world.times() == [0.0, 2.5, 3.0]
    assert str(world.queue.snapshot().consumers["c"].pace) == "work 500ms"


def test_a_failing_consumer_dies_of_an_exception_and_stays_registered(world: World) -> None:
    consumer = world.consumer(Fixed(0.4))
    world.producer(Constant(2.0))
    world.run(until=1.1)
    world.do(consumer.fail)
    world.run(until=3.0)
    assert consumer.failed
    assert consumer.join(0)
    failures = [event for event in world.events.drain() if isinstance(event, Failed)]
    assert [(event.role, event.name, event.error) for event in failures] == [("consumer", "c", "WorkloadCrash")]
    assert world.queue.snapshot().consumers["c"].status == "failed"


def test_a_failed_consumer_resumes_with_a_new_thread_and_loses_nothing(world: World) -> None:
    consumer = world.consumer()
    world.producer(Constant(2.0))
    world.run(until=1.1)
    world.do(consumer.fail)
    world.run(until=3.1)
    assert world.times() == [0.0, 0.5, 1.0]
    world.do(consumer.resume)
    world.run(until=3.6)
    assert [message.seq for _, message in world.got["c"]] == list(range(1, 9))
    assert world.times()[3:] == [3.1, 3.1, 3.1, 3.1, 3.5]
    assert world.queue.snapshot().consumers["c"].status == "running"


def test_a_consumer_told_to_fail_and_then_to_resume_goes_on(world: World) -> None:
    consumer = world.consumer()
    world.run(until=1.0)
    world.do(consumer.fail)
    world.do(consumer.resume)
    world.producer()
    world.run(until=3.0)
    assert not consumer.failed
    assert world.times() == [1.0, 2.0, 3.0]


def test_a_callback_that_raises_is_a_failure_that_is_seen() -> None:
    runtime = VirtualRuntime()
    queue = MessageQueue(runtime=runtime)
    events = queue.subscribe()

    def on_message(message: Message) -> None:
        raise KeyError("no such order")

    ConsumerWorkload(queue, queue.register_consumer("c"), on_message=on_message).start()
    ProducerWorkload(queue, queue.register_producer("p")).start()
    with pytest.raises(TaskFailed) as caught:
        runtime.run(until=1.0)
    assert isinstance(caught.value.__cause__, KeyError)
    assert "KeyError" in [event.error for event in events.drain() if isinstance(event, Failed)]
    runtime.close()


def test_a_stopped_consumer_leaves_what_its_channel_holds(world: World) -> None:
    consumer = world.consumer(Fixed(1.0), capacity=3)
    world.producer(Bursts(10, 100.0))
    world.run(until=1.5)
    world.do(consumer.stop)
    world.run(until=5.0)
    assert world.times() == [0.0, 1.0]
    assert consumer.join(0)
    assert "c" not in world.queue.snapshot().consumers


def test_a_pace_is_published_when_it_changes(world: World) -> None:
    producer, consumer = world.producer(), world.consumer()
    world.do(producer.set_rate, Bursts(2, 5.0))
    world.do(consumer.set_work, Exponential(0.05))
    world.run(until=1.0)
    paced = [(event.role, str(event.pace)) for event in world.events.drain() if isinstance(event, Paced)]
    assert paced == [("producer", "2 every 5s"), ("consumer", "work ~50ms")]


# Arrival and service processes


@pytest.mark.parametrize(
    ("process", "text"),
    [
        (Constant(3.0), "3/s"),
        (Constant(0.05), "3/m"),
        (Poisson(20.0), "~20/s"),
        (Bursts(2, 5.0), "2 every 5s"),
        (OnOff(40.0, 2.0, 5.0), "40/s 2s on 5s off"),
        (Fixed(0.1), "work 100ms"),
        (Exponential(0.05), "work ~50ms"),
        (Uniform(0.05, 1.5), "work 50ms-1.5s"),
    ],
)
def test_a_process_says_what_it_is_in_a_few_words(process: object, text: str) -> None:
    assert str(process) == text


def test_on_and_off_take_turns() -> None:
    process, random, time = OnOff(rate=2.0, on=1.0, off=3.0), Random(0), 0.0
    times = []
    for index in range(5):
        times.append(time)
        time += process.gap(random, index)
    assert times == [0.0, 0.5, 4.0, 4.5, 8.0]


def test_random_processes_have_the_mean_that_they_say() -> None:
    random, n = Random(1), 20_000
    assert sum([Poisson(4.0).gap(random, 0) for _ in range(n)]) / n == pytest.approx(0.25, rel=0.05)
    assert sum([Exponential(0.5).seconds(random) for _ in range(n)]) / n == pytest.approx(0.5, rel=0.05)
    assert sum([Uniform(1.0, 2.0).seconds(random) for _ in range(n)]) / n == pytest.approx(1.5, rel=0.05)


@pytest.mark.parametrize(
    "process",
    [
        Constant(2.0),
        Poisson(2.0),
        Bursts(2, 5.0),
        OnOff(2.0, 1.0, 1.0),
        Fixed(0.5),
        Exponential(0.5),
        Uniform(1.0, 2.0),
    ],
)
def test_faster_and_slower_by_the_same_factor_is_the_same_again(process: Arrivals | Service) -> None:
    assert process.faster(2.0) != process
    assert process.faster(2.0).faster(0.5) == process


@pytest.mark.parametrize(
    "make",
    [
        lambda: Constant(-1.0),
        lambda: Poisson(float("nan")),
        lambda: Bursts(1, 0.0),
        lambda: Fixed(float("inf")),
        lambda: Uniform(2.0, 1.0),
    ],
)
def test_impossible_processes_are_refused(make: object) -> None:
    with pytest.raises(ValueError, match=r"must (be|not be)"):
        make()  # type: ignore[operator]
