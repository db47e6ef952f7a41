"""Partial-order reduction: of all schedules that differ only in the order of independent steps, run one.

The algorithm is Flanagan and Godefroid's (Dynamic partial-order reduction for model checking software, POPL 2005), with
sleep sets (Godefroid 1996) and the source sets of Abdulla, Aronis, Jonsson and Sagonas (POPL 2014). A run is a sequence
of transitions; after it, where two dependent transitions of different tasks could have come in the other order, the
earlier choice gets an alternative (*backtrack*). What is explored is a tree of nodes, depth first; only the nodes of
the current run are kept.

Virtual time moves only when no task can run. Everything before that happens before everything after it: a *barrier*.
Objects have other identities in each run, so footprints are compared within one run only.
"""

from collections.abc import Sequence

from msgmux.checker.code.accesses import CONFLICTS, Clock, Key, Mode, merge
from msgmux.checker.code.runtime import ACQUIRE, LOCAL, RELEASE, TRY, CodeRuntime, Footprint
from msgmux.errors import MsgmuxError
from msgmux.runtime.records import Option
from msgmux.runtime.strategies import C, first_in
from msgmux.runtime.tasks import VirtualTask

_LOCKS: dict[Mode, tuple[Mode, ...]] = {
    ACQUIRE: (ACQUIRE, TRY, RELEASE),
    TRY: (ACQUIRE, TRY, RELEASE),
    RELEASE: (ACQUIRE, TRY),
}
_ALL: tuple[tuple[Mode, ...], ...] = (*CONFLICTS, *[_LOCKS[mode] for mode in (ACQUIRE, TRY, RELEASE)])


class NotDeterministic(MsgmuxError):
    """The same choices led to another run: the program depends on something other than the schedule."""


def dependent(first: Footprint, second: Footprint) -> bool:
    """Return whether the order of the two transitions may change the result."""
    if first.everything or second.everything:
        return True
    for key, mode in first.uses:
        for other_key, other_mode in second.uses:
            if key == other_key and other_mode in _ALL[mode]:
                return True
    return False


class Node:
    """A state of the run at which a task was chosen to run."""

    __slots__ = ("backtrack", "chosen", "done", "enabled", "options", "said", "sleep")

    def __init__(self, enabled: dict[int, Footprint], sleep: dict[int, Footprint], said: str, options: bool) -> None:
        self.enabled = enabled
        self.sleep = sleep
        # What each of them stood before, in words: the same in every run.
        self.said = said
        # Numbers are chosen here, not tasks.
        self.options = options
        self.chosen = -1
        self.backtrack: set[int] = set()
        self.done: set[int] = set()


class _Cell:
    """The last accesses to an object, for each mode: the index of the transition and the task's count there."""

    __slots__ = ("clocks", "last")

    def __init__(self) -> None:
        self.last: dict[Mode, dict[int, tuple[int, int]]] = {}
        self.clocks: dict[Mode, Clock] = {}


class Reduction:
    """A strategy for a series of runs: :meth:`begin`, run, :meth:`end`, :meth:`next`, until ``next`` returns False."""

    keeps_current = False

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.begin()

    def begin(self) -> None:
        """Prepare for a new run."""
        self._depth = 0
        self._clocks: dict[int, Clock] = {}
        self._counts: dict[int, int] = {}
        self._cells: dict[Key, _Cell] = {}
        # For each transition: its task, how many that task had made with it, and what happened before it. Choices of
        # numbers have task -1.
        self._trace: list[tuple[int, int, Clock]] = []
        # The last transition of each task, and the last that depended on everything.
        self._latest: dict[int, tuple[int, int]] = {}
        self._peeks: dict[int, tuple[int, int]] = {}
        self._peeked: Clock = {}
        self._before: Clock = {}
        self._moved: dict[int, int] = {}
        self._barriers = 0

    # What the runtime tells

    def started(self, parent: int, child: int) -> None:
        self._clocks[child] = dict(self._clock(parent))

    def joined(self, task: int, other: int) -> None:
        merge(self._clock(task), self._clock(other))

    def released(self, task: int, lock: Key) -> None:
        cell = self._cell(lock)
        merge(cell.clocks.setdefault(ACQUIRE, {}), self._clock(task))

    def barrier(self) -> None:
        for clock in self._clocks.values():
            merge(self._before, clock)
        self._barriers += 1

    def step(self, runtime: CodeRuntime, enabled: list[VirtualTask], current: VirtualTask | None) -> VirtualTask | None:
        footprints = {task.id: runtime.pending.get(task.id, LOCAL) for task in enabled}
        said = " ".join([f"{task.id}:{task.kind}:{task.object}" for task in enabled])
        node = self._node(footprints, said, options=False)
        if node.chosen < 0:
            able = [task for task in enabled if task.id not in node.sleep]
            if not able:
                return None
            self._choose(node, first_in(able, current if current in able else None).id)
        task = next(task for task in enabled if task.id == node.chosen)
        self._execute(task.id, footprints[task.id])
        return task

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
        """Return one of the numbers that a task may choose from; later runs try the others."""
        assert isinstance(enabled[0], Option)
        node = self._node({option.id: LOCAL for option in enabled}, f"choose {len(enabled)}", options=True)
        if node.chosen < 0:
            self._choose(node, enabled[0].id)
            node.backtrack |= {option.id for option in enabled}
        self._trace.append((-1, 0, {}))
        return next(option for option in enabled if option.id == node.chosen)

    # The tree

    def _node(self, enabled: dict[int, Footprint], said: str, *, options: bool) -> Node:
        at = self._depth
        self._depth += 1
        if at < len(self.nodes):
            node = self.nodes[at]
            if node.said != said:
                raise NotDeterministic(f"after {at} steps: once {node.said}, now {said}")
            node.enabled = enabled
            node.sleep = {task: enabled[task] for task in node.sleep}
            return node
        node = Node(enabled, self._asleep(at, enabled), said, options)
        self.nodes.append(node)
        return node

    def _asleep(self, at: int, enabled: dict[int, Footprint]) -> dict[int, Footprint]:
        """The sleep set: tasks whose next transition was explored before and commutes with all transitions since."""
        if at == 0:
            return {}
        before = self.nodes[at - 1]
        if before.options:
            # A choice of a number commutes with everything. Who was asleep is found before it.
            return {}
        did = before.enabled[before.chosen]
        tried = [*before.sleep, *before.done]
        return {
            task: before.enabled[task]
            for task in tried
            if task != before.chosen and task in before.enabled and not dependent(before.enabled[task], did)
        }

    @staticmethod
    def _choose(node: Node, number: int) -> None:
        node.chosen = number
        node.backtrack.add(number)

    def next(self) -> bool:
        """Prepare the next run. Returns False if every schedule was run, or is equivalent to one that was."""
        while self.nodes:
            node = self.nodes[-1]
            node.done.add(node.chosen)
            left = [number for number in sorted(node.backtrack) if number not in node.done and number not in node.sleep]
            if left and node.chosen >= 0:
                node.chosen = left[0]
                return True
            self.nodes.pop()
        return False

    # Happens-before

    def _clock(self, task: int) -> Clock:
        clock = self._clocks.get(task)
        if clock is None:
            clock = self._clocks[task] = {}
        if self._moved.get(task, 0) != self._barriers:
            self._moved[task] = self._barriers
            merge(clock, self._before)
        return clock

    def _cell(self, key: Key) -> _Cell:
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = _Cell()
        return cell

    def _execute(self, task: int, does: Footprint) -> None:
        clock = self._clock(task)
        races = self._races(task, does, clock)
        index = len(self._trace)
        count = self._counts[task] = self._counts.get(task, 0) + 1
        self._depend(does, clock)
        for at in races:
            self._backtrack(at, task, clock)
        clock[task] = count
        self._trace.append((task, count, dict(clock)))
        self._latest[task] = (index, count)
        for key, mode in does.uses:
            cell = self._cell(key)
            cell.last.setdefault(mode, {})[task] = (index, count)
            merge(cell.clocks.setdefault(mode, {}), clock)
        if does.everything:
            self._peeks[task] = (index, count)
            merge(self._peeked, clock)

    def _depend(self, does: Footprint, clock: Clock) -> None:
        """Update the happens-before relation: a transition comes after all transitions that it depends on."""
        for key, mode in does.uses:
            cell = self._cell(key)
            for other in _ALL[mode]:
                if other in cell.clocks:
                    merge(clock, cell.clocks[other])
        if does.everything:
            for other_clock in list(self._clocks.values()):
                merge(clock, other_clock)
        else:
            merge(clock, self._peeked)

    def _races(self, task: int, does: Footprint, clock: Clock) -> list[int]:
        """Return the earlier transitions that depend on this one and could have come after it."""
        against: dict[int, tuple[int, int]] = {}
        for key, mode in does.uses:
            cell = self._cells.get(key)
            if cell is None:
                continue
            for other_mode in _ALL[mode]:
                if (mode, other_mode) == (ACQUIRE, RELEASE):
                    # It was not free before, so they could not have come in the other order.
                    continue
                for other, (index, count) in cell.last.get(other_mode, {}).items():
                    against[index] = (other, count)
        others = self._latest if does.everything else self._peeks
        for other, (index, count) in others.items():
            against[index] = (other, count)
        return [index for index, (other, count) in against.items() if other != task and clock.get(other, 0) < count]

    def _backtrack(self, index: int, task: int, clock: Clock) -> None:
        """Add another task to that node's backtrack set: a later run then makes this transition before the one there.

        Any task that can make the first of the independent transitions is enough (the *initials*; Abdulla, Aronis,
        Jonsson, Sagonas: Optimal dynamic partial order reduction, POPL 2014, algorithm 1). Flanagan and
        Godefroid's choice is not enough together with sleep sets.
        """
        other, count, _ = self._trace[index]
        node = self.nodes[index]
        before: list[tuple[int, int]] = []
        initials: set[int] = set()
        seen: set[int] = set()
        for one, its_count, its_clock in [*self._trace[index + 1 :], (task, 0, clock)]:
            if one < 0 or (its_count and its_clock.get(other, 0) >= count):
                continue
            if one not in seen:
                seen.add(one)
                if not any([its_clock.get(first, 0) >= its for first, its in before if first != one]):
                    initials.add(one)
            before.append((one, its_count))
        if initials & node.backtrack:
            return
        able = initials & node.enabled.keys()
        if task in able:
            node.backtrack.add(task)
        elif able:
            node.backtrack.add(min(able))
        else:
            node.backtrack |= set(node.enabled)

    def end(self, runtime: CodeRuntime) -> None:
        """End the run. A task that waits for a lock for ever could have got it earlier: this adds alternatives too."""
        for task in runtime.waiting_tasks:
            does = runtime.pending.get(task.id)
            if does is not None and does.uses:
                clock = dict(self._clock(task.id))
                races = self._races(task.id, does, clock)
                self._depend(does, clock)
                for at in races:
                    self._backtrack(at, task.id, clock)
