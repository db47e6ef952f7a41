"""Programs that publish a queue, as processes of their own, in a folder of sockets that is the test's alone."""

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
"""A name to publish under, how many orders it sends, and its exit code. A few it sends when somebody looks."""
FOR_EVER = "1000000"


class Folder:
    """A runtime folder for the time of a test; what is started in it is ended with it. A context manager."""

    def __init__(self) -> None:
        # Short: the address of a socket must be.
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
        """The shop, which publishes by the time that this returns."""
        return self.start_program(self.shop, *arguments)

    def start_program(self, program: Path, *arguments: str) -> "subprocess.Popen[bytes]":
        """A Python program that publishes one queue."""
        child = subprocess.Popen(
            [sys.executable, str(program), *arguments], env=self.environ, stdout=subprocess.DEVNULL
        )
        self._started.append(child)
        eventually(lambda: list((self.path / "msgmux").glob(f"{child.pid}-*.sock")))
        return child

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """What ``msgmux-tui`` says, without a terminal."""
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
        """The same, while it runs."""
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
    """Wait until it holds."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """Is there such a process, which has not ended?"""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
