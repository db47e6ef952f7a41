"""A real Chromium, driven over a pipe by its own protocol (no port, no library)."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any, Self

import pytest

PATIENCE = 60.0
PROGRAM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
needs_browser = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium here to look at the page")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]


class Browser:
    """One page in one browser with an empty profile. ``asked``: the addresses of all requests since :meth:`open`;
    ``complaints``: what its console has told of errors. A context manager that ends it.
    """

    def __init__(self) -> None:
        assert PROGRAM is not None
        self._folder = tempfile.mkdtemp()
        (its_in, self._out), (self._in, its_out) = os.pipe(), os.pipe()

        def wire() -> None:
            # The protocol is spoken on the descriptors 3 and 4; copies first, since the pipes may be these two.
            copies = os.dup(its_in), os.dup(its_out)
            os.dup2(copies[0], 3)
            os.dup2(copies[1], 4)

        command = [PROGRAM, *FLAGS, f"--user-data-dir={self._folder}", "about:blank"]
        self._process = subprocess.Popen(
            command, preexec_fn=wire, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(its_in)
        os.close(its_out)
        self._heard, self._id = b"", 0
        self._session = ""
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page = next(one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol, and return its result. Raises :class:`RuntimeError` where it fails."""
        self._id += 1
        wanted = {"id": self._id, "method": method, "params": parameters}
        if self._session:
            wanted["sessionId"] = self._session
        os.write(self._out, json.dumps(wanted).encode() + b"\0")
        while (told := self._message()).get("id") != self._id:
            self._take(told)
        if "error" in told:
            raise RuntimeError(f"{method}: {told['error']}")
        found: dict[str, Any] = told["result"]
        return found

    def open(self, address: str, width: int = 1280, height: int = 900, *, phone: bool = False, **media: str) -> None:
        """Open a page in a window of that size; ``media`` are features, such as ``prefers_color_scheme="dark"``."""
        self.call("Page.navigate", url="about:blank")
        self.asked, self.complaints = [], []
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.call("Page.navigate", url=address)
        self.wait("document.readyState == 'complete'")

    def run(self, script: str) -> Any:
        """The value of a script, in the page. Raises :class:`RuntimeError` where it throws."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(str(done["exceptionDetails"]))
        return done["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until a script is true."""
        script = (
            "new Promise((good, bad) => { const look = () => "
            f"({condition}) ? good(true) : Date.now() > end ? bad(new Error('never')) : setTimeout(look, 30); "
            f"const end = Date.now() + {PATIENCE * 1000}; look(); }})"
        )
        self.run(script)

    def press(self, *keys: str) -> None:
        """Press keys, by their names ("Tab") or letters."""
        for key in keys:
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            told = {"key": key, **({"text": text} if text else {})}
            self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", code=key, **told)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Save a picture of the window, or of the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            ready, _, _ = select([self._in], [], [], PATIENCE)
            piece = os.read(self._in, 1 << 16) if ready else b""
            if not piece:
                raise RuntimeError("the browser does not answer")
            self._heard += piece
        told, _, self._heard = self._heard.partition(b"\0")
        found: dict[str, Any] = json.loads(told)
        return found

    def _take(self, told: dict[str, Any]) -> None:
        about = told.get("params", {})
        match told.get("method"):
            case "Network.requestWillBeSent":
                self.asked.append(about["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(about["exceptionDetails"]))
            case "Log.entryAdded" if about["entry"]["level"] == "error":
                self.complaints.append(about["entry"]["text"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ends: list[Callable[[], object]] = [lambda: os.close(self._out), lambda: os.close(self._in)]
        for end in ends:
            with suppress(OSError):
                end()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
