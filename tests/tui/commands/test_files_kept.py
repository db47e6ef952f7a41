"""Commands that write files never destroy existing ones, never hang, and leave no incomplete files."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from msgmux.errors import MsgmuxError
from msgmux.recording import is_recording, read_recording
from msgmux_tui.cli import program

INSTALLED = {**os.environ, "PYTHONPATH": os.pathsep.join([os.path.abspath(path) for path in sys.path if path])}
TINY = 'title = "tiny"\nduration = "1s"\n[[producer]]\nname = "a"\nrate = "3/s"\n[[consumer]]\nname = "b"\n'


def invoke(*arguments: object) -> Result:
    """Run a command in this process. The result has the output and the exit code of :func:`msgmux_tui.cli.main`."""
    return CliRunner().invoke(program, [str(argument) for argument in arguments], standalone_mode=False)


def refusal(done: Result) -> str:
    assert isinstance(done.exception, MsgmuxError), done.exception
    return str(done.exception)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


@pytest.fixture
def recording(tmp_path: Path, scenario: Path) -> Path:
    path = tmp_path / "run.jsonl"
    assert invoke("run", scenario, "--quiet", "--record", path).exception is None or path.exists()
    return path


def test_a_recording_is_replaced_by_a_recording(recording: Path, scenario: Path) -> None:
    before = recording.read_bytes()
    invoke("run", scenario, "--quiet", "--seed", 5, "--record", recording)
    assert recording.read_bytes() != before
    assert read_recording(recording).header.seed == 5


@pytest.mark.parametrize("command", ["run", "check", "export"])
def test_what_is_there_and_something_else_is_kept_unless_one_says_so(
    command: str, tmp_path: Path, scenario: Path, recording: Path
) -> None:
    precious = tmp_path / "precious.csv"
    precious.write_text("precious")
    arguments: dict[str, list[object]] = {
        "run": ["run", scenario, "--quiet", "--record", precious],
        "check": ["check", "--variant", "lost-wakeup", "--save", precious],
        "export": ["export", recording, precious],
    }
    words = refusal(invoke(*arguments[command]))
    assert "precious.csv" in words
    assert "--overwrite" in words
    assert precious.read_text() == "precious"
    invoke(*arguments[command], "--overwrite")
    assert is_recording(precious) or precious.read_text().startswith("time,")
    assert sorted([path.name for path in tmp_path.iterdir()]) == ["precious.csv", "run.jsonl", "tiny.toml"]


def test_what_is_read_is_never_written_over(scenario: Path, recording: Path, tmp_path: Path) -> None:
    for target in (scenario, tmp_path / "link.toml"):
        if target != scenario:
            target.symlink_to(scenario)
        assert "is what is read" in refusal(invoke("run", scenario, "--quiet", "--record", target, "--overwrite"))
        assert "is what is read" in refusal(invoke("check", scenario, "--save", target, "--overwrite"))
    assert scenario.read_text() == TINY
    named = recording.rename(tmp_path / "run.csv")
    assert "is what is read" in refusal(invoke("export", named, named, "--overwrite"))
    assert is_recording(named)


def test_an_empty_file_has_nothing_to_lose(scenario: Path, tmp_path: Path) -> None:
    (tmp_path / "made.jsonl").touch()
    invoke("run", scenario, "--quiet", "--record", tmp_path / "made.jsonl")
    assert is_recording(tmp_path / "made.jsonl")


@pytest.mark.parametrize("command", ["run", "check", "export"])
def test_a_missing_folder_is_one_sentence_with_the_path(
    command: str, scenario: Path, recording: Path, tmp_path: Path
) -> None:
    path = tmp_path / "none" / "x.csv"
    arguments: dict[str, list[object]] = {
        "run": ["run", scenario, "--quiet", "--record", path],
        "check": ["check", "--variant", "lost-wakeup", "--save", path],
        "export": ["export", recording, path],
    }
    words = refusal(invoke(*arguments[command]))
    assert words == f"{path}: cannot be written: No such file or directory; choose another place for it"


def test_a_check_that_finds_nothing_leaves_no_file(tmp_path: Path) -> None:
    invoke("check", "pairs", "--bound", 0, "--schedules", 5, "--save", tmp_path / "found.jsonl")
    assert list(tmp_path.iterdir()) == []


def program_at(folder: Path, *arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program in a new process, in the directory ``folder``, after the Python code ``before``."""
    code = f"{before}\nimport sys\nfrom msgmux_tui.cli import main\nmain()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=INSTALLED,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("out", ["x.svg", "x.html", "x.csv", "x.trace.json", "x.cast"])
def test_a_full_disk_leaves_no_file_and_says_which_could_not_be_written(
    out: str, recording: Path, tmp_path: Path
) -> None:
    full = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    full += "resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))"
    done = program_at(tmp_path, "export", recording.name, out, before=full)
    assert (done.returncode, done.stdout) == (2, "")
    # Before this line matplotlib may complain that its cache can't be written either.
    words = f"msgmux-tui: {out}: cannot be written: File too large; choose another place for it"
    assert done.stderr.splitlines()[-1] == words
    assert sorted([path.name for path in tmp_path.iterdir()]) == ["run.jsonl", "tiny.toml"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "tiny.toml", "--quiet", "--record"], "cannot be written: No such device or address"),
        (["check", "--variant", "lost-wakeup", "--save"], "is no file"),
    ],
    ids=["run", "check"],
)
def test_a_pipe_without_a_reader_is_an_error_and_does_not_block(
    arguments: list[str], words: str, scenario: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    done = program_at(tmp_path, *arguments, "pipe.jsonl")
    assert done.returncode == 2
    assert done.stderr.startswith(f"msgmux-tui: pipe.jsonl: {words}")
    assert len(done.stderr.splitlines()) == 1


def test_a_pipe_that_is_read_gets_the_recording(scenario: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with subprocess.Popen(["cat", "pipe.jsonl"], cwd=tmp_path, stdout=subprocess.PIPE) as reader:
        # Opening our end without blocking succeeds as soon as the reader has opened its end.
        while True:
            try:
                mine = os.open(tmp_path / "pipe.jsonl", os.O_WRONLY | os.O_NONBLOCK)
                break
            except OSError:
                continue
        done = program_at(tmp_path, "run", scenario.name, "--quiet", "--record", "pipe.jsonl")
        os.close(mine)
        content, _ = reader.communicate(timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "copy.jsonl").write_bytes(content)
    assert read_recording(tmp_path / "copy.jsonl").cut is None


def test_a_pipe_whose_reader_stopped_reading_does_not_keep_the_program_from_ending(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    reader = os.open(tmp_path / "pipe.jsonl", os.O_RDONLY | os.O_NONBLOCK)
    (tmp_path / "long.toml").write_text(TINY.replace("1s", "1h").replace("3/s", "200/s"))
    code = "from msgmux_tui.cli import main\nmain()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "run", "long.toml", "--quiet", "--record", "pipe.jsonl"],
        cwd=tmp_path,
        env=INSTALLED,
        stderr=subprocess.PIPE,
    ) as writer:
        # Wait for the first bytes; the following ones then fill the pipe.
        while not (head := _bytes_there(reader)):
            assert writer.poll() is None, writer.stderr and writer.stderr.read()
        assert head.startswith(b"{")
        writer.send_signal(signal.SIGTERM)
        assert writer.wait(timeout=120) == 128 + signal.SIGTERM
    os.close(reader)


def _bytes_there(reader: int) -> bytes:
    try:
        return os.read(reader, 64)
    except BlockingIOError:
        return b""


def test_more_consumers_than_file_handles_each_get_their_file(tmp_path: Path) -> None:
    count = 200
    consumers = "".join([f'[[consumer]]\nname = "c{n}"\nwork = "0s"\n' for n in range(count)])
    (tmp_path / "many.toml").write_text(
        f'title = "many"\nduration = "2s"\n[[producer]]\nname = "a"\nrate = "3/s"\n{consumers}'
    )
    few = "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"
    done = program_at(tmp_path, "run", "many.toml", "--quiet", "--out", "got", "--record", "x.jsonl", before=few)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((tmp_path / "got").iterdir())) == count
    first = (tmp_path / "got" / "c0.txt").read_text()
    assert len(first.splitlines()) >= 5
    assert all([path.read_text() == first for path in (tmp_path / "got").iterdir()])
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] != 64
