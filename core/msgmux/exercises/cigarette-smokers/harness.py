"""An agent and two smokers; each of them smokes once."""

from threading import Semaphore, Thread

from cigarette_smokers import Table


def test_everybody_smokes() -> None:
    table = Table()
    smoked = Semaphore(0)
    log: list[str] = []

    def agent() -> None:
        for a, b in (("tobacco", "matches"), ("tobacco", "paper")):
            table.put(a, b)
            smoked.acquire()

    def smoke(name: str, a: str, b: str) -> None:
        table.take(a, b)
        log.append(name)
        smoked.release()

    threads = [
        Thread(target=agent, name="agent"),
        Thread(target=smoke, args=("with paper", "tobacco", "matches"), name="S1"),
        Thread(target=smoke, args=("with matches", "tobacco", "paper"), name="S2"),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log == ["with paper", "with matches"], f"those who smoked, in order: {log}"
