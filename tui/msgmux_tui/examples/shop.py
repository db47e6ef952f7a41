"""An order service: a web shop and a till take orders, three services hear of each: msgmux-tui watch shop.py"""

import contextlib
import random
import threading
import time

import msgmux


def sell(shop: msgmux.Producer, every: float) -> None:
    """Put an order about ``every`` so many seconds."""
    while True:
        time.sleep(random.expovariate(1 / every))
        shop.put(f"{random.randint(1, 3)} x {random.choice(['tea', 'cups', 'honey', 'a pot'])}")


def work(service: msgmux.Consumer, seconds: float) -> None:
    """Take ``seconds`` for an order, on average."""
    for _order in service:  # ends when the service is closed
        time.sleep(random.uniform(0, 2 * seconds))


if __name__ == "__main__":
    # Keeps what billing has not had yet, for at least ten seconds and up to 60 orders; then the shops wait.
    with msgmux.MessageQueue(retention=10.0, clean_every=2.0, max_messages=60) as orders:
        msgmux.publish(orders, "orders", allow=["retention", "clean", "close_consumer"])
        for name, seconds in {"billing": 0.6, "stock": 0.1, "mail": 0.25}.items():
            threading.Thread(target=work, args=(orders.register_consumer(name), seconds), daemon=True).start()
        threading.Thread(target=sell, args=(orders.register_producer("web"), 0.6), daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):  # ctrl+c ends it
            sell(orders.register_producer("till"), 1.5)
