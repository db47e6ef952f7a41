"""This queue as a system under test, in each of the ways in which it can be used."""

from itertools import repeat

from msgmux import MessageQueue
from msgmux_tui.bench.systems import BATCH, MANY, Get, Put, System


class Msgmux(System):
    """``put`` one, ``get`` one."""

    name = "msgmux put, get"
    module = "msgmux"

    def __init__(self, producers: int, consumers: int) -> None:
        super().__init__(producers, consumers)
        self.queue = MessageQueue()
        self.ins = [self.queue.register_producer(f"p{n}") for n in range(producers)]
        self.outs = [self.queue.register_consumer(f"c{n}") for n in range(consumers)]

    def putter(self, producer: int) -> Put:
        return self.ins[producer].put

    def getter(self, consumer: int) -> Get:
        get = self.outs[consumer].get
        return lambda: get().payload

    def receive(self, consumer: int, messages: int) -> None:
        get = self.outs[consumer].get
        got = 0
        while got < messages:
            get()
            got += 1

    def close(self) -> None:
        self.queue.close(drain=False)


class MsgmuxIteration(Msgmux):
    """``put`` one, ``for message in consumer``: whole :class:`msgmux.Message` objects."""

    name = "msgmux put, iterate"

    def receive(self, consumer: int, messages: int) -> None:
        got = 0
        # Counted in Python, as the messages of every system are.
        for _ in self.outs[consumer]:
            got += 1  # noqa: SIM113
            if got == messages:
                break


class MsgmuxBatches(Msgmux):
    """``put`` one, ``get_many`` and the payloads alone."""

    name = "msgmux put, batches"

    def receive(self, consumer: int, messages: int) -> None:
        get_many = self.outs[consumer].get_many
        got = 0
        while got < messages:
            for _ in get_many(BATCH).payloads:
                got += 1


class MsgmuxMany(MsgmuxBatches):
    """``put_many`` of 100, ``get_many`` and the payloads alone."""

    name = "msgmux put_many, batches"

    def send(self, producer: int, messages: int, payload: bytes) -> None:
        put_many = self.ins[producer].put_many
        full, rest = divmod(messages, MANY)
        for _ in repeat(None, full):
            put_many([payload] * MANY)
        put_many([payload] * rest)
