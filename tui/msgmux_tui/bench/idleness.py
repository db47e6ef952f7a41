"""CPU time of an idle queue: its threads must wait, not poll."""

import threading
import time
from contextlib import suppress

from msgmux import Closed, MessageQueue
from msgmux_tui.bench.measuring import Effort, Say
from msgmux_tui.bench.report import Table

GOAL = 0.2
"""Most CPU time, in per cent of one core."""


def measure(effort: Effort, say: Say) -> list[Table]:
    """CPU time of the whole process while three consumers wait and three producers are silent."""
    say("idle")
    with MessageQueue() as queue:
        for number in range(3):
            queue.register_producer(f"p{number}").put(b"the only one")
        consumers = [queue.register_consumer(f"c{number}") for number in range(3)]

        def read(number: int) -> None:
            with suppress(Closed):
                while True:
                    consumers[number].get()

        threads = [threading.Thread(target=read, args=(number,), daemon=True) for number in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        wall, cpu = time.perf_counter(), time.process_time()
        time.sleep(1.0 if effort.quick else 5.0)
        share = (time.process_time() - cpu) / (time.perf_counter() - wall)
    for thread in threads:
        thread.join()
    return [
        Table("idle", "CPU while idle, three producers and three consumers", "% of a core", "less", ("3x3",),
              {"msgmux": (100 * share,)}, {"msgmux": (GOAL,)})
    ]  # fmt: skip
