"""Two threads ask for the same key; two threads ask for two keys."""

from threading import Thread

from cache import Cache
from msgmux import explore


def ask(cache: Cache, *keys: str) -> list[object]:
    """Each key is asked for by a thread of its own; what they got."""
    got: list[object] = []
    threads = [
        Thread(target=lambda key=key: got.append(cache.get(key)), name=f"T{number}")
        for number, key in enumerate(keys, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_a_key_is_computed_once() -> None:
    computed: list[str] = []

    def compute(key: str) -> str:
        computed.append(key)
        return key.upper()

    got = ask(Cache(compute), "a", "a")
    assert computed == ["a"], f"the value of one key was computed {len(computed)} times"
    assert got == ["A", "A"], f"the two threads got {got}"


def test_two_keys_can_be_computed_at_once() -> None:
    log: list[str] = []

    def compute(key: str) -> str:
        log.append("begins")
        log.append("ends")
        return key.upper()

    got = ask(Cache(compute), "a", "b")
    assert sorted(got) == ["A", "B"], f"the two threads got {got}"
    explore.outcome("two keys computed at once" if log[:2] == ["begins", "begins"] else "one key after the other")
