"""Three atoms for one molecule; the main thread is the oxygen."""

from collections.abc import Callable
from threading import Thread

from h2o import Water


def test_nobody_bonds_before_the_molecule_is_complete() -> None:
    water = Water()
    here: list[str] = []

    def be(atom: str, joins: Callable[[Callable[[], None]], None]) -> None:
        bonds: list[str] = []

        def bond() -> None:
            assert len(here) == 3, f"{atom} bonds, and only {' and '.join(here)} had come"
            bonds.append(atom)

        here.append(atom)
        joins(bond)
        assert len(bonds) == 1, f"bond() was called {len(bonds)} times by {atom}"

    threads = [Thread(target=be, args=("H", water.hydrogen), name=name) for name in ("H1", "H2")]
    for thread in threads:
        thread.start()
    be("O", water.oxygen)
    for thread in threads:
        thread.join()
