"""The queue's lock, and what is owed around each hold of it.

Three kinds of code may interrupt a thread wherever CPython looks for them (after a call, at a function's start, at a
jump back): an exception that comes from elsewhere, such as Ctrl+C; a finalizer or a weak reference's callback, run by
the garbage collection or by the death of an object; a signal handler. Hence:

* What changes under the lock is planned first, which may fail, and then committed by plain stores, without a call and
  without a loop: all of it, or nothing. What follows from it (events to hand out, threads to wake) may be done twice.
* After an exception :attr:`Section.mend` does what may have been left undone.
* A thread that is inside already is refused (:class:`~msgmux.errors.Reentered`) where it would wait for itself.
* Payloads die outside the lock: nodes that have been dropped are collected here, and let go of after the release.
"""

import sys
from collections import deque
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from msgmux.errors import Closed, MsgmuxError, Reentered
from msgmux.message import Node
from msgmux.runtime.interface import Lock, Runtime

Arguments = TypeVarTuple("Arguments")
T = TypeVar("T")


def _nothing() -> None:
    """Nothing to mend yet."""


def _never() -> bool:
    return False


MOST_TRIES = 100


def insist(step: Callable[[], object]) -> None:
    """Undo what an interrupted call has left: begun anew when a further interrupt comes meanwhile, within bounds.

    The caller raises the first one afterwards; the further ones are the same wish to stop.
    """
    for _ in range(MOST_TRIES):
        try:
            step()
        except BaseException:  # noqa: BLE001 - see above
            continue
        return


class Section:
    """Runs what is done with the queue's lock held."""

    def __init__(self, runtime: Runtime) -> None:
        # Guards the list, the registrations, the cursors, the log; the only lock that is held while anything moves.
        self.lock: Lock = runtime.lock("queue")
        # Called with the lock held, after an exception: it finishes, or begins anew, all that a hold may owe to others.
        self.mend: Callable[[], None] = _nothing
        # Nodes that have left the list, by eviction. Filled with the lock held, emptied by anybody without.
        self.dropped: deque[list[Node]] = deque()
        # Of the channel's lock that each thread took last, by the thread's ident: what tells whether it still holds it.
        self.entered: dict[int, Callable[[], bool]] = {}
        # Why the queue can do nothing more at all; empty while it can. Set in a forked child.
        self.gone = ""
        self.ident = runtime.ident
        # Whether the interpreter ends; looked at when the program does.
        self._ending: Callable[[], bool] = _never
        self._runtime = runtime
        self._held = runtime.held(self.lock)
        self._exact = runtime.exact

    def abandon(self, reason: str) -> None:
        """Refuse everything from now on; whoever held the lock is not there any more."""
        self.gone = reason
        self.lock = self._runtime.lock("queue")
        self._held = self._runtime.held(self.lock)
        self.entered.clear()

    def expect_end(self) -> None:
        """The program ends. When the interpreter does, daemon threads stop for good where they are, perhaps with the
        lock: from then on, :class:`Closed` is raised to whoever comes here (a finalizer).

        It is looked for only from now on, since that costs.
        """
        # Kept in the function: modules lose their names before the last objects die.
        held, ending, error = self._held, sys.is_finalizing, Closed
        self._ending = ending

        def look() -> bool:
            if ending():
                raise error("the interpreter is ending, and its queues have ended with their threads")
            return held()

        self._held = look

    @property
    def over(self) -> bool:
        """Whether it can do nothing more at all, so that there is nothing to close either."""
        return bool(self.gone) or self._ending()

    @property
    def inside(self) -> bool:
        """Whether the calling thread holds the queue's lock or one of its channels' already."""
        if self._held():
            return True
        held = self.entered.get(self.ident())
        return held is not None and held()

    def _refuse(self) -> None:
        """Raise :class:`Closed` in a forked child, and :class:`Reentered` if the caller is inside already."""
        if self.gone:
            raise Closed(self.gone)
        if self.inside:
            raise Reentered

    def run(self, step: Callable[[*Arguments], T], *args: *Arguments) -> T:
        """Do one step with the lock held, and afterwards what that owes. Raises what ``step`` does, :class:`Reentered`
        for who is inside already, and :class:`Closed` in a forked child.
        """
        __tracebackhide__ = True
        # Asked here as well as in `inside`: a call costs, and this is on the way of each message that is waited for.
        held = self.entered.get(self.ident())
        if self.gone or self._held() or (held is not None and held()):
            self._refuse()
        try:
            with self.lock:
                try:
                    result = step(*args)
                except (MsgmuxError, ValueError):
                    raise
                except BaseException:
                    if not self._exact:
                        self.mend()
                    raise
            if self.dropped:
                self.let_go()
        except BaseException:
            # Again, where it was interrupted.
            if self.dropped:
                self.let_go()
            raise
        return result

    def let_go(self) -> None:
        """Free the nodes that were dropped. Without the lock: payloads die here, and their code may do anything."""
        dropped = self.dropped
        while dropped:
            try:
                nodes = dropped.popleft()
            except IndexError:
                # Another thread was quicker.
                return
            # Each leads nowhere, so that freeing a long run of them cannot recurse, and no circle is left.
            for node in nodes:
                node.next = node.prev = None
