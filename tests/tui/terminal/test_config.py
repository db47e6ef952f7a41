"""A configuration file in a real terminal: its keys work, and its errors are shown at the start and after the end."""

from pathlib import Path

import pytest

from support.pty_program import PtyProgram

pytestmark = pytest.mark.terminal


def test_the_users_keys_and_faults_in_a_real_terminal(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('teme = "dark"\n[keys]\nproducer.add = "Ä"\napp.quit = "Ö"\ncast.und = "U"\n')
    with PtyProgram("--config", str(file), width=120, height=40) as program:
        program.wait_for(r'mine\.toml:1: teme: is not known here; did you mean "theme"\? \(and 1 more')
        program.wait_for(r"Ä producer .* Ö quit")
        program.press("Ä")
        program.wait_for("▸P4 ")
        program.press("Ö")
        assert program.wait_for_end() == 0
        # On the normal screen, after the program has left the alternate one.
        said = program.text.replace("\n", "")
        assert 'mine.toml:1: teme: is not known here; did you mean "theme"?' in said
        assert 'mine.toml:5: keys.cast.und: is no action; did you mean "cast.undo"?' in said
        assert program.left_on == []


def test_the_file_at_the_usual_place_is_read(tmp_path: Path) -> None:
    (tmp_path / "msgmux").mkdir()
    (tmp_path / "msgmux" / "config.toml").write_text("ascii = true\n")
    with PtyProgram(environment={"XDG_CONFIG_HOME": str(tmp_path)}) as program:
        program.wait_for("C2 billing")
        assert program.text.isascii()
