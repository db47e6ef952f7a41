"""Three atoms for one molecule."""

from threading import Thread

from h2o import Water


def test_nobody_bonds_before_the_molecule_is_complete() -> None:
    water = Water()
    here: list[str] = []
    bonded: list[str] = []

    def bond(atom: str) -> None:
        assert len(here) == 3, f"{atom} bonds, and only {' and '.join(here)} had come"
        bonded.append(atom)

    def hydrogen() -> None:
        here.append("H")
        water.hydrogen(lambda: bond("H"))

    def oxygen() -> None:
        here.append("O")
        water.oxygen(lambda: bond("O"))

    threads = [Thread(target=hydrogen, name="H1"), Thread(target=hydrogen, name="H2"), Thread(target=oxygen, name="O1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bonded) == ["H", "H", "O"], f"the molecule was made of {bonded}"
