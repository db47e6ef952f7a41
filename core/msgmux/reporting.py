"""What a queue cannot know by itself, said in its log: by who directs it, by sample workloads, by who judges it."""

from collections.abc import Callable
from typing import Any

from msgmux import events as ev
from msgmux.commands import AnyCommand, Placed
from msgmux.pacing import Pace
from msgmux.queue import MessageQueue
from msgmux.registry import Role


class Reporter:
    """Publishes such events in the order in which they are told, among those of the queue itself.

    It holds nothing, so there may be many for a queue. Each method takes the queue's lock, and raises what that raises:
    :class:`Reentered`, and :class:`Closed` in a process that was forked from the queue's.
    """

    def __init__(self, queue: MessageQueue) -> None:
        self._store = queue._store
        self._registry = queue._registry

    def note(self, text: str, about: str = "say") -> None:
        """Publish words: a scenario's ``say``, a marker, what a person did."""
        self._publish(ev.Note, text, about)

    def expected(self, expression: str, met: bool) -> None:
        """Publish that a scenario's expectation was looked at."""
        self._publish(ev.Expected, expression, met)

    def violation(self, invariant: str, detail: str) -> None:
        """Publish that an invariant does not hold."""
        self._publish(ev.Violation, invariant, detail)

    def commanded(self, command: AnyCommand, ok: bool, text: str, who: str, placed: Placed | None) -> None:
        """Publish that ``who`` has given a command, and in ``text`` what came of it."""
        self._publish(ev.Commanded, command, ok, text, who, placed)

    def stalled(self, name: str) -> None:
        """The consumer of that name has stopped reading. Raises :class:`UnknownName`."""
        self._registry.set_status("consumer", name, "stalled", ev.Stalled)

    def resumed(self, name: str) -> None:
        """The consumer of that name reads again. Raises :class:`UnknownName`."""
        self._registry.set_status("consumer", name, "running", ev.Resumed)

    def failed(self, role: Role, name: str, error: BaseException) -> None:
        """The thread of that producer or consumer has died of ``error``. It stays registered.

        Raises :class:`UnknownName`.
        """
        self._registry.set_status(role, name, "failed", ev.Failed, type(error).__name__)

    def paced(self, name: str, pace: Pace) -> None:
        """The workload of that producer (a :class:`Sending`) or consumer (a service) goes like this from now on.

        Raises :class:`UnknownName`.
        """
        self._registry.set_pace(name, pace)

    def _publish(self, kind: Callable[..., ev.Event], *fields: Any) -> None:
        # Made with the lock held, the time of it as well: events are in the order of their times.
        self._store.section.run(self._publish_now, kind, fields)

    def _publish_now(self, kind: Callable[..., ev.Event], fields: tuple[Any, ...]) -> None:
        self._store.log.publish(kind, self._store.runtime.now(), *fields)
