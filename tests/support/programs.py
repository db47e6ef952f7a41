"""Programs that publish a queue, each in its own process, with a socket folder that belongs to the test."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from support.patience import PATIENCE

SHOP = """
import sys, threading, time
import msgmux

name, count = sys.argv[1], int(sys.argv[2])
queue = msgmux.MessageQueue(retention=2.0, clean_every=0.5, max_messages=50)
stock, mail = queue.register_consumer("stock"), queue.register_consumer("mail")
web = queue.register_producer("web")
for consumer in (stock, mail):
    threading.Thread(target=lambda consumer=consumer: [None for _ in consumer], daemon=True).start()
print("the shop is open", flush=True)
with msgmux.publish(queue, name, allow=["retention", "clean", "close_consumer"]) as published:
    while count < 1000 and not published.viewers:
        time.sleep(0.01)
    for n in range(count):
        web.put(f"order {n}")
        time.sleep(0.05)
print("the shop is closed", flush=True)
sys.exit(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
"""
"""Arguments: the name to publish, the number of orders, the exit code. Fewer than 1,000 orders wait for a viewer."""
FOR_EVER = "1000000"


class Folder:
    """A context manager: a temporary runtime folder, and the processes started in it, which end with it."""

    def __init__(self) -> None:
        # Short, because the path of a unix socket is limited to about 100 bytes.
        self._temporary = tempfile.TemporaryDirectory(prefix="mm")
        self.path = Path(self._temporary.name)
        self.shop = self.path / "shop.py"
        self.shop.write_text(SHOP, "utf-8")
        self.environment = {"XDG_RUNTIME_DIR": str(self.path)}
        environ = {key: value for key, value in os.environ.items() if key != "MSGMUX_PUBLISH"}
        environ["PYTHONPATH"] = os.pathsep.join([os.path.abspath(path) for path in sys.path if path])
        self.environ = environ | self.environment
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start the shop program; it publishes when this returns."""
        return self.start_program(self.shop, *arguments)

    def start_program(self, program: Path, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a Python program that publishes one queue."""
        child = subprocess.Popen(
            [sys.executable, str(program), *arguments], env=self.environ, stdout=subprocess.DEVNULL
        )
        self._started.append(child)
        eventually(lambda: list((self.path / "msgmux").glob(f"{child.pid}-*.sock")))
        return child

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run ``msgmux-tui`` without a terminal, and return its result."""
        return subprocess.run(
            [sys.executable, "-m", "msgmux_tui", *arguments],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
            env=self.environ,
            cwd=self.path,
        )

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start ``msgmux-tui`` without a terminal, and return the running process."""
        child = subprocess.Popen(
            [sys.executable, "-m", "msgmux_tui", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environ,
            cwd=self.path,
        )
        self._started.append(child)  # type: ignore[arg-type]
        return child

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for child in self._started:
            child.kill()
            child.wait()
            for stream in (child.stdout, child.stderr):
                if stream is not None:
                    stream.close()
        self._temporary.cleanup()


def eventually(holds: Callable[[], object]) -> None:
    """Wait until ``holds()`` is true."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """Return whether the process exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


COUNTER_FILE = """
import threading

class Counter:
    def __init__(self):
        self.value = 0

    def work(self):
        self.value += 1

counter = Counter()
threads = [threading.Thread(target=counter.work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("there are", counter.value)
assert counter.value == 2
"""
"""A Python file that loses an update if its threads are switched between reading and writing, at line 9."""
WORK_FILE = """
import threading

def work():
    {body}

thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
"""A Python file whose second thread does ``body``, at line 5."""
LOOP_FILE = WORK_FILE.format(body="for _ in range(10**12): pass")
"""A Python file whose second thread comes to no further scheduling point."""
