"""A shop with one chair: two customers while the barber is out; and two who come while he works."""

from threading import Thread

from sleeping_barber import Shop


def run(*threads: Thread) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_there_are_no_more_customers_than_chairs() -> None:
    shop = Shop(1)
    told: list[bool] = []
    run(*[Thread(target=lambda: told.append(shop.enter()), name=name) for name in ("C1", "C2")])
    assert told.count(True) == 1, f"there is one chair, and {told.count(True)} customers were given one"


def test_no_customer_is_forgotten() -> None:
    shop = Shop(2)
    served: list[str] = []

    def work() -> None:
        for _ in range(2):
            shop.next_customer()
            served.append("one")

    def come() -> None:
        assert shop.enter(), "there were two chairs for two customers, and one was sent away"

    run(Thread(target=work, name="barber"), *[Thread(target=come, name=name) for name in ("C1", "C2")])
    assert shop.enter(), "everybody was served, so a chair must be free"
    assert shop.enter(), "everybody was served, so both chairs must be free"
    assert not shop.enter(), "two wait on two chairs, and a third one was given one"
