"""A thread that does, one after the other, what would make the screen's thread wait."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

Work = Callable[[], None]


class Worker:
    """Give it work from any thread; it is done in that order. It idles without cost."""

    def __init__(self, name: str) -> None:
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, work: Work) -> None:
        self._work.put(work)

    def close(self, timeout: float) -> bool:
        """Finish what is being done, and leave the rest. Returns whether the thread has ended. Idempotent."""
        self._closed = True
        self._work.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (work := self._work.get()) is not None and not self._closed:
            work()
