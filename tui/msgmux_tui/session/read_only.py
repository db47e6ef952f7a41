"""Commands to the cast and the queue where nobody may give any: each of them is refused, in words."""

from abc import ABC, abstractmethod

from msgmux.scenario import Changes, ConsumerSpec, ProducerSpec
from msgmux.workload import Arrivals, Service
from msgmux_tui.session.protocol import Direction
from msgmux_tui.session.records import Role, Selection


class Refusing(ABC):
    """Has all commands of a session that change who is there and how they work, and performs none."""

    @abstractmethod
    def _refuse(self) -> None:
        """Say why, and what could be done instead."""

    def add_producer(self, spec: ProducerSpec | None = None) -> None:
        self._refuse()

    def remove_producer(self, name: str) -> None:
        self._refuse()

    def add_consumer(self, spec: ConsumerSpec | None = None) -> None:
        self._refuse()

    def remove_consumer(self, name: str) -> None:
        self._refuse()

    def undo(self) -> None:
        self._refuse()

    def quicken(self, who: Selection, direction: Direction) -> None:
        self._refuse()

    def stall(self, name: str) -> None:
        self._refuse()

    def resume_consumer(self, name: str) -> None:
        self._refuse()

    def crash(self, name: str) -> None:
        self._refuse()

    def burst(self, name: str, count: int = 10) -> None:
        self._refuse()

    def retention(self, direction: Direction) -> None:
        self._refuse()

    def set_producer(self, name: str, rate: Arrivals, payload: str) -> None:
        self._refuse()

    def set_consumer(self, name: str, work: Service) -> None:
        self._refuse()

    def configure(self, changes: Changes) -> None:
        self._refuse()

    def producer_spec(self, name: str) -> ProducerSpec | None:
        """Not known here."""
        return None

    def consumer_spec(self, name: str) -> ConsumerSpec | None:
        """Not known here."""
        return None

    def free_name(self, role: Role) -> str:
        return ""
