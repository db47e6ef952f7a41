"""``attach`` and ``watch`` in a real terminal, on programs in their own processes."""

from collections.abc import Iterator

import pytest

from support.programs import FOR_EVER, Folder, eventually, runs
from support.pty_program import PtyProgram


@pytest.fixture
def folder() -> Iterator[Folder]:
    with Folder() as folder:
        yield folder


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_a_program_is_watched_commanded_copied_and_outlived(folder: Folder, width: int, height: int) -> None:
    shop = folder.start("orders", FOR_EVER)
    with PtyProgram("attach", width=width, height=height, environment=folder.environment) as program:
        program.wait_for(r"WATCHING  orders")
        program.wait_for(r"P1 put \d")
        program.press("h")
        program.wait_for("REPLAY")
        program.press("b")
        program.press("r")
        program.wait_for(r"LIVE  orders")
        program.wait_for("EXACT")
        program.press("l")
        program.wait_for(r"WATCHING  orders")
        # A command that the program allows, and one that it does not.
        program.press("t")
        program.wait_for(r"retention 4s: no message goes before")
        program.press("p")
        program.wait_for("it alone decides")
        assert runs(shop.pid)
        shop.kill()
        shop.wait()
        program.wait_for(r"GONE  orders")
        program.wait_for(r"its past is here: h looks, W saves it")
        program.press("h")
        program.wait_for("REPLAY")
        program.press("qq")
        assert program.wait_for_end() == 0
        assert program.left_on == []
        assert program.settings_restored


def test_leaving_leaves_the_program_as_it_was(folder: Folder) -> None:
    shop = folder.start("orders", FOR_EVER)
    with PtyProgram("attach", "orders", environment=folder.environment) as program:
        program.wait_for(r"WATCHING  orders")
        program.press("q")
        assert program.wait_for_end() == 0
    assert runs(shop.pid)
    assert folder.command("attach", "--list").stdout.splitlines()[1].startswith("orders")


def test_a_watched_program_ends_with_the_screen_and_its_last_words_are_shown(folder: Folder) -> None:
    with PtyProgram("watch", str(folder.shop), "orders", FOR_EVER, environment=folder.environment) as program:
        program.wait_for(r"WATCHING  orders")
        (socket,) = (folder.path / "msgmux").glob("*-orders.sock")
        pid = int(socket.name.partition("-")[0])
        program.press("q")
        assert program.wait_for_end() == 0
        assert "the shop is open" in program.text
    eventually(lambda: not runs(pid))


def test_several_are_listed_and_one_is_chosen(folder: Folder) -> None:
    folder.start("bills", FOR_EVER)
    folder.start("orders", FOR_EVER)
    with PtyProgram("attach", width=120, height=40, environment=folder.environment) as program:
        program.wait_for(r"bills +\d+ +shop.py")
        program.press("\x1b[B")
        program.press("\r")
        program.wait_for(r"WATCHING  orders")
        # Watch another program in place of this one.
        program.press("o")
        program.wait_for(r"bills +\d+ +shop.py")
        program.press("\r")
        program.wait_for(r"WATCHING  bills")
