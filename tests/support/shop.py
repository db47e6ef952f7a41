"""A program that publishes, as users have them: python -m support.shop [NAME]. It ends when its stdin does.

It prints its address; then it performs the command in each line of stdin, and answers with ``done``.
"""

import os
import sys
import threading
import time

import msgmux


def main() -> None:
    with msgmux.MessageQueue(retention=0.0, clean_every=0.05) as queue:
        producer = queue.register_producer("orders")
        consumer = queue.register_consumer("audit")
        with msgmux.publish(queue, sys.argv[1], allow=["clean"]) as published:
            say(published.address)
            for line in sys.stdin:
                perform(line.split(), queue, producer, consumer)
                say("done")


def perform(words: list[str], queue: msgmux.MessageQueue, producer: msgmux.Producer, consumer: msgmux.Consumer) -> None:
    match words:
        case ["put", count]:
            for number in range(int(count)):
                producer.put(f"order {number}")
                consumer.get(timeout=60)
        case ["hot"]:
            threading.Thread(target=hot, args=(producer, consumer), daemon=True).start()
        case ["fork"]:
            if os.fork() == 0:
                # The forked child lives until its stdin is closed, and prints nothing.
                while True:
                    time.sleep(60)
        case ["watched"]:
            say(str(queue._store.log.active))
        case ["memory"]:
            with open("/proc/self/statm") as file:
                say(str(int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")))


def hot(producer: msgmux.Producer, consumer: msgmux.Consumer) -> None:
    while True:
        producer.put_many([b"x" * 20] * 8)
        while len(consumer.get_many(64, timeout=60)) == 64:
            pass


def say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    main()
