"""The generic types of the public API: a ``MessageQueue[Order]`` takes and gives orders.

``make check-types`` checks the ``assert_type`` calls of this file statically; the test checks the values.
"""

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_type

import pytest

from msgmux import Batch, Consumer, Message, MessageQueue, Producer
from support.patience import PATIENCE


@dataclass(frozen=True)
class Order:
    number: int


def test_the_type_of_the_payloads_goes_from_the_queue_to_what_is_got() -> None:
    with MessageQueue[Order]() as queue:
        assert_type(queue, MessageQueue[Order])
        producer = queue.register_producer("p")
        consumer = queue.register_consumer("c")
        assert_type(producer, Producer[Order])
        assert_type(consumer, Consumer[Order])
        producer.put(Order(1))
        producer.put_many([Order(2), Order(3)])
        message = consumer.get(PATIENCE)
        assert_type(message, Message[Order])
        assert_type(message.payload, Order)
        batch = consumer.get_many(1, PATIENCE)
        assert_type(batch, Batch[Order])
        assert_type(batch[0], Message[Order])
        assert_type(batch.payloads, list[Order])
        producer.close(wait=True)
        consumer.close()
        rest = [each.payload for each in consumer]
        assert_type(rest, list[Order])
        assert [message.payload, *batch.payloads, *rest] == [Order(1), Order(2), Order(3)]


def test_without_a_type_payloads_may_be_anything() -> None:
    with MessageQueue() as queue:
        producer, consumer = queue.register_producer("p"), queue.register_consumer("c")
        producer.put(b"bytes")
        payload = consumer.get(PATIENCE).payload
        assert_type(payload, Any)
        assert payload == b"bytes"


def test_a_type_costs_a_message_nothing() -> None:
    message: Message[int] = Message(1, "p", 1, 0.0, 7)
    assert not hasattr(message, "__dict__")
    assert not gc.is_tracked(message)
    with pytest.raises(AttributeError):
        message.payload = 8  # type: ignore[misc]


WRONG = """\
from msgmux import MessageQueue

queue = MessageQueue[int]()
producer = queue.register_producer("p")
producer.put("no number")
producer.put_many(["no", "number"])
text: str = queue.register_consumer("c").get().payload
"""


def test_a_payload_of_another_type_is_an_error_of_the_type_checker(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api", reason="mypy comes with make check, not with make test")
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG)
    told, _, status = api.run(["--strict", "--no-error-summary", f"--cache-dir={tmp_path / 'cache'}", str(wrong)])
    lines = {line.split(":")[1] for line in told.splitlines() if "wrong.py" in line and "error" in line}
    assert (status, lines) == (1, {"5", "6", "7"})
