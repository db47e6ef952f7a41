"""``attach``, ``watch``, ``follow`` and ``example`` without a screen, on programs in their own processes."""

import json
import signal
from collections.abc import Iterator

import pytest

from msgmux.events import Put
from msgmux.recording import read_recording
from msgmux_tui import examples
from msgmux_tui.programs.found import NOBODY
from support.programs import FOR_EVER, Folder, eventually, runs


@pytest.fixture
def folder() -> Iterator[Folder]:
    with Folder() as folder:
        yield folder


# Listing programs


def test_where_nobody_publishes_it_says_what_to_do(folder: Folder) -> None:
    listed = folder.command("attach", "--list")
    assert (listed.returncode, listed.stdout.strip()) == (0, NOBODY)
    assert folder.command("attach", "--list", "--json").stdout == ""
    attached = folder.command("attach")
    assert (attached.returncode, attached.stderr.strip()) == (2, f"msgmux-tui: {NOBODY}")
    assert folder.command("attach", "orders").stderr.strip() == f"msgmux-tui: {NOBODY}"


def test_what_runs_is_listed_and_what_was_killed_is_not(folder: Folder) -> None:
    shop = folder.start("orders", FOR_EVER)
    gone = folder.start("bills", FOR_EVER)
    gone.kill()
    gone.wait()
    heading, row, *more = folder.command("attach", "--list").stdout.splitlines()
    assert heading.split() == ["queue", "pid", "program", "messages", "consumers", "worst", "lag"]
    assert row.split()[:3] == ["orders", str(shop.pid), "shop.py"]
    assert not more
    told = json.loads(folder.command("attach", "--list", "--json").stdout)
    assert told["name"] == "orders"
    assert told["pid"] == shop.pid
    assert told["consumers"] == ["stock", "mail"]
    assert told["takes"] == ["clean", "configure", "remove_consumer", "retain"]
    assert not list((folder.path / "msgmux").glob(f"{gone.pid}-*"))


def test_a_stopped_program_is_listed_as_not_answering_without_delay(folder: Folder) -> None:
    shop = folder.start("orders", FOR_EVER)
    shop.send_signal(signal.SIGSTOP)
    assert "does not answer" in folder.command("attach", "--list").stdout
    attached = folder.command("attach", "orders")
    assert attached.returncode == 2
    assert f"orders (pid {shop.pid}) does not answer" in attached.stderr
    assert len(attached.stderr.splitlines()) == 1


def test_a_name_that_there_is_not_and_one_that_there_is_twice(folder: Folder) -> None:
    first, second = folder.start("orders", FOR_EVER), folder.start("orders", FOR_EVER)
    missed = folder.command("attach", "order")
    assert missed.returncode == 2
    assert "no queue of this name is here" in missed.stderr
    assert f"orders (pid {first.pid}" in missed.stderr
    twice = folder.command("attach", "orders")
    assert twice.returncode == 2
    assert f"unix:{folder.path}/msgmux/{second.pid}-orders.sock" in twice.stderr
    assert "no program with this number" in folder.command("attach", "1").stderr
    which = folder.command("attach")
    assert (which.returncode, "there are 2 queues; name one of them" in which.stderr) == (2, True)


@pytest.mark.parametrize(
    ("make", "words"),
    [("link", "is a link"), ("open", "is open to others"), ("file", "is no folder")],
)
def test_a_folder_that_is_not_to_be_trusted(folder: Folder, make: str, words: str) -> None:
    path = folder.path / "msgmux"
    if make == "link":
        path.symlink_to(folder.path)
    elif make == "open":
        path.mkdir(mode=0o755)
    else:
        path.write_text("")
    for arguments in (("attach",), ("attach", "--list")):
        done = folder.command(*arguments)
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "address",
    ["unix:", "unix:/nowhere/at.all", "tcp://", "tcp://127.0.0.1", "tcp://[", "gopher://x", "tcp://127.0.0.1:1/?t=x"],
)
def test_addresses_that_lead_nowhere_are_one_sentence(folder: Folder, address: str) -> None:
    for command in ("attach", "follow"):
        done = folder.command(command, address)
        assert done.returncode == 2, done
        assert len(done.stderr.splitlines()) == 1
        assert "Traceback" not in done.stderr


# Without a screen


def test_it_is_told_in_words_until_its_program_ends(folder: Folder) -> None:
    folder.start("orders", "40")
    told = folder.command("attach", "orders", "--plain")
    assert told.returncode == 0
    assert "P1 web puts" in told.stdout
    assert '"order 39"' in told.stdout
    assert told.stderr.strip() == "msgmux-tui: orders has ended"


def test_by_its_number_and_its_address(folder: Folder) -> None:
    shop = folder.start("orders", FOR_EVER)
    for target in (str(shop.pid), f"unix:{folder.path}/msgmux/{shop.pid}-orders.sock"):
        child = folder.begin("attach", target, "--plain")
        assert child.stdout is not None
        assert child.stdout.readline()
        child.send_signal(signal.SIGINT)
        assert child.wait() == 130


def test_the_lines_are_passed_on_and_written_down(folder: Folder) -> None:
    folder.start("orders", "60")
    passed = folder.command("attach", "--json", "--record", "run.jsonl")
    assert passed.returncode == 0
    written = (folder.path / "run.jsonl").read_text()
    assert passed.stdout == written
    kinds = [json.loads(line)["kind"] for line in written.splitlines()]
    assert kinds[0] == "header"
    assert {"put", "delivered", "tick", "end"} <= set(kinds)
    recording = read_recording(folder.path / "run.jsonl")
    assert recording.cut is None
    assert recording.events[-1].time < 3600, "counted from when it began to be published"
    again = folder.command("replay", "run.jsonl", "--plain")
    assert '"order 59"' in again.stdout
    # An existing file is not overwritten.
    folder.start("orders", "60")
    kept = folder.command("attach", "--record", "run.jsonl")
    assert (kept.returncode, (folder.path / "run.jsonl").read_text()) == (2, written)


def test_a_file_that_is_written_is_followed(folder: Folder) -> None:
    folder.start("orders", "60")
    writing = folder.begin("attach", "--record", "run.jsonl")
    eventually(lambda: (folder.path / "run.jsonl").exists() and (folder.path / "run.jsonl").stat().st_size)
    followed = folder.command("follow", "run.jsonl", "--plain")
    assert followed.returncode == 0
    assert '"order 59"' in followed.stdout
    assert writing.wait() == 0


def test_a_program_that_is_killed_is_gone_and_what_was_written_is_whole(folder: Folder) -> None:
    shop = folder.start("orders", FOR_EVER)
    writing = folder.begin("attach", "--record", "run.jsonl")
    eventually(
        lambda: (folder.path / "run.jsonl").exists() and b'"kind":"put"' in (folder.path / "run.jsonl").read_bytes()
    )
    shop.kill()
    assert writing.wait() == 0
    assert writing.stderr is not None
    assert "has gone" in writing.stderr.read()
    assert read_recording(folder.path / "run.jsonl").events


# watch


def test_watch_starts_a_program_and_ends_with_its_code_and_last_words(folder: Folder) -> None:
    done = folder.command("watch", "--plain", "shop.py", "orders", "20", "3")
    assert done.returncode == 3
    assert '"order 19"' in done.stdout
    assert "shop.py has ended with code 3; what it printed is in" in done.stderr
    assert done.stderr.splitlines()[-2:] == ["the shop is open", "the shop is closed"]


def test_a_program_that_makes_no_queue_has_nothing_to_be_watched(folder: Folder) -> None:
    (folder.path / "none.py").write_text("print('hello')\nraise SystemExit(5)\n")
    done = folder.command("watch", "none.py")
    assert done.returncode == 2
    assert "hello" in done.stderr
    assert "it has ended before it made a queue" in done.stderr
    missing = folder.command("watch", "nowhere.py")
    assert (missing.returncode, "nowhere.py: is no file" in missing.stderr) == (2, True)


def test_what_the_program_publishes_itself_takes_the_place_of_what_watch_has_asked_for(folder: Folder) -> None:
    watching = folder.begin("watch", "--plain", "shop.py", "orders", FOR_EVER)
    assert watching.stdout is not None
    assert watching.stdout.readline()
    eventually(lambda: [json.loads(line)["name"] for line in _listed(folder)] == ["orders"])


def _listed(folder: Folder) -> list[str]:
    return folder.command("attach", "--list", "--json").stdout.splitlines()


def test_a_queue_is_published_without_a_line_in_its_program(folder: Folder) -> None:
    (folder.path / "quiet.py").write_text(
        "import time\nfrom msgmux import MessageQueue\nqueue = MessageQueue()\n"
        "producer = queue.register_producer('p')\n"
        "for n in range(30):\n    producer.put(n)\n    time.sleep(0.05)\n"
    )
    done = folder.command("watch", "--plain", "quiet.py")
    assert done.returncode == 0
    assert "P1 p puts" in done.stdout
    assert "it has printed nothing" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_watched_program_ends_with_whoever_watches_it(folder: Folder, number: signal.Signals) -> None:
    watching = folder.begin("watch", "--plain", "shop.py", "orders", FOR_EVER)
    assert watching.stdout is not None
    assert watching.stdout.readline()
    (socket,) = (folder.path / "msgmux").glob("*-orders.sock")
    pid = int(socket.name.partition("-")[0])
    watching.send_signal(number)
    watching.communicate()
    assert watching.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    eventually(lambda: not runs(pid))


# example


def test_an_example_is_listed_printed_and_written_but_not_over_another_file(folder: Folder) -> None:
    assert folder.command("example").stdout.startswith("shop ")
    assert folder.command("example", "shop").stdout == examples.text("shop")
    written = folder.command("example", "shop", "--to", "mine.py")
    assert (written.returncode, (folder.path / "mine.py").read_text()) == (0, examples.text("shop"))
    (folder.path / "mine.py").write_text("mine")
    kept = folder.command("example", "shop", "--to", "mine.py")
    assert (kept.returncode, (folder.path / "mine.py").read_text()) == (2, "mine")
    missed = folder.command("example", "shopp")
    assert (missed.returncode, "is no example" in missed.stderr) == (2, True)


def test_the_example_runs_publishes_and_ends_by_ctrl_c(folder: Folder) -> None:
    (folder.path / "mine.py").write_text(examples.text("shop"))
    shop = folder.start_program(folder.path / "mine.py")
    (found,) = [json.loads(line) for line in folder.command("attach", "--list", "--json").stdout.splitlines()]
    assert (found["name"], found["producers"]) == ("orders", ["web", "till"])
    shop.send_signal(signal.SIGINT)
    assert shop.wait() == 0
    assert len([line for line in examples.text("shop").splitlines() if line.strip()]) <= 30


SEVERAL = """
import time
from msgmux import MessageQueue

def work(name):
    with MessageQueue() as queue:
        producer = queue.register_producer(name)
        for n in range(8):
            producer.put(f"{name} {n}")
            time.sleep(0.05)
        while queue.snapshot().length < 8:
            time.sleep(0.01)
        time.sleep(0.3)

work("first")
work("second")
"""


def test_all_queues_of_a_watched_program_are_passed_on_with_their_names(folder: Folder) -> None:
    (folder.path / "several.py").write_text(SEVERAL)
    done = folder.command("watch", "--json", "--record", "run.jsonl", "several.py")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len([line for line in lines if line["kind"] == "header"]) >= 2
    assert {line["queue"] for line in lines} == {"several", "several-2"}
    assert [line["preview"] for line in lines if line["kind"] == "put"][-1] == "second 7"
    recorded = [read_recording(path) for path in (folder.path / "run.jsonl", folder.path / "run-several-2.jsonl")]
    for recording, name in zip(recorded, ("first", "second"), strict=True):
        assert recording.cut is None
        producers = {event.producer for event in recording.events if isinstance(event, Put)}
        assert producers | set(recording.header.start.producers) == {name}
    assert "run-several-2.jsonl; msgmux-tui replay" in done.stderr
