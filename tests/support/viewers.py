"""A viewer of a published queue in plain Python, without any code of msgmux."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.patience import PATIENCE


class PlainViewer:
    """Connects to ``Publication.address`` and exchanges JSON Lines."""

    def __init__(self, address: str) -> None:
        self.token = ""
        if address.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(PATIENCE)
            try:
                self.socket.connect(address.removeprefix("unix:"))
            except OSError:
                self.socket.close()
                raise
        else:
            parts = urlsplit(address)
            self.token = parse_qs(parts.query)["t"][0]
            self.socket = socket.create_connection((parts.hostname, parts.port or 0), PATIENCE)
        self.file = self.socket.makefile("rb")

    def say(self, **fields: Any) -> None:
        self.socket.sendall(json.dumps(fields).encode() + b"\n")

    def hear(self) -> dict[str, Any]:
        line = self.file.readline()
        if not line:
            raise EOFError
        heard: dict[str, Any] = json.loads(line)
        return heard

    def follow(self, **fields: Any) -> dict[str, Any]:
        self.say(want="follow", version=1, **({"token": self.token} if self.token else {}), **fields)
        return self.hear()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        try:
            while True:
                yield self.hear()
        except (EOFError, ConnectionError):
            return

    def until(self, *kinds: str) -> dict[str, Any]:
        """The next line of one of these kinds; earlier lines are dropped."""
        until = time.monotonic() + PATIENCE
        for heard in self:
            if heard["kind"] in kinds:
                return heard
            assert time.monotonic() < until, f"no {kinds} came"
        raise EOFError(f"no {kinds} came before the end")

    def close(self) -> None:
        self.file.close()
        self.socket.close()

    def __enter__(self) -> "PlainViewer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until ``holds()`` is true."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.005)
