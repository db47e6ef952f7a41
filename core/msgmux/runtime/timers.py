"""Who wakes by itself, and when: a heap of deadlines in nanoseconds, earliest first, then by task id."""

import heapq

from msgmux.runtime.tasks import VirtualTask


class Timers:
    """A heap of (moment, task id, task). An entry whose task no longer waits for that moment is dropped when it comes
    up, as the heapq documentation suggests: taking it out of the middle would cost more.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, VirtualTask]] = []

    def set(self, task: VirtualTask, moment: int) -> None:
        """Let the task wake at ``moment``, unless somebody wakes it before."""
        task.deadline = moment
        heapq.heappush(self._entries, (moment, task.id, task))

    def first(self) -> int | None:
        """The earliest moment that somebody waits for."""
        entries = self._entries
        while entries:
            moment, _, task = entries[0]
            if task.deadline == moment:
                return moment
            heapq.heappop(entries)
        return None

    def take(self, moment: int) -> VirtualTask | None:
        """The next of those who wait for exactly that moment, if one is left."""
        if self.first() != moment:
            return None
        return heapq.heappop(self._entries)[2]
