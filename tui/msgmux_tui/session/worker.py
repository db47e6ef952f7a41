"""A worker thread for calls that would block the UI thread."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

Work = Callable[[], None]


class Worker:
    """Runs work items in the order in which any thread submits them. An idle worker uses no CPU."""

    def __init__(self, name: str) -> None:
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, work: Work) -> None:
        self._work.put(work)

    def close(self, timeout: float) -> bool:
        """Finish the current item and drop the rest, waiting at most ``timeout`` seconds. Idempotent.

        Returns whether the thread has ended.
        """
        self._closed = True
        self._work.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (work := self._work.get()) is not None and not self._closed:
            work()
