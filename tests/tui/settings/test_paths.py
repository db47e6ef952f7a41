"""Sessions are saved completely in the folder for state, and found by their names, the newest by the name "last"."""

from pathlib import Path

import pytest

from msgmux.events import Event
from msgmux.recording import RecordedTimeline
from msgmux_tui.settings import kept
from msgmux_tui.settings.kept import NothingKept, keep_last, kept_sessions, recording_path
from msgmux_tui.settings.paths import state_folder
from support.sessions import Played


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def test_the_last_session_is_found_again(home: Path) -> None:
    with pytest.raises(NothingKept, match="no last session"):
        recording_path("last")
    events: list[Event] = []
    for seconds in (1.0, 2.0):
        played = Played()
        played.play(seconds)
        played.session.close()
        keep_last(played.session)
        events = played.events
    with RecordedTimeline(recording_path("last")) as timeline:
        assert timeline.events_between(0, timeline.last) == events


def test_each_session_is_kept_under_its_own_name_and_the_oldest_go_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST", 3)
    played = Played()
    played.play(2.0)
    played.session.close()
    names = []
    for scenario in ("first", "a/../b c", "third", "fourth"):
        one = keep_last(played.session, scenario)
        assert one is not None
        names.append(one.name)
    assert len(set(names)) == 4
    assert [one.name for one in kept_sessions()] == names[:0:-1]
    assert [(one.scenario, one.seconds) for one in kept_sessions()][-1] == ("a-..-b-c", 2)
    assert recording_path("last") == recording_path(names[-1])
    assert {path.parent for path in (home / "state").rglob("*.gz")} == {kept.sessions_folder()}


def test_a_file_of_that_name_goes_before(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    (home / "last").touch()
    assert recording_path("last").name == "last"
    assert recording_path("x.jsonl").name == "x.jsonl"


def test_a_relative_state_folder_is_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(home))
    assert state_folder() == home / ".local" / "state" / "msgmux"


def test_what_cannot_be_kept_is_reported_and_no_failure(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "state").write_text("a file where a folder should be")
    played = Played()
    played.session.close()
    keep_last(played.session)
    assert "could not be kept" in capsys.readouterr().err
