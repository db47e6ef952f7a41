"""One thread puts two items into a buffer for one; two threads get one each."""

from threading import Thread

from bounded_buffer import Buffer


def test_each_item_comes_out_once() -> None:
    buffer = Buffer(1)
    got: list[object] = []

    def produce() -> None:
        buffer.put("a")
        buffer.put("b")

    def consume() -> None:
        got.append(buffer.get())

    threads = [Thread(target=produce, name="P1")]
    threads += [Thread(target=consume, name=name) for name in ("C1", "C2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == ["a", "b"], f"a and b were put, and {got} came out"
