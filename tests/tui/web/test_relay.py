"""The relay's gate and stream, by real sockets on the loopback."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType

from msgmux.scenario import parse
from msgmux_tui.session import ExactSession
from msgmux_tui.web.presentation import Presentation
from support.sessions import HandClock
from support.viewers import eventually

NASTY = "<script>alert(1)</script>"
SHOWN = parse(
    f"""
    title = "{NASTY}"
    [[producer]]
    name = "orders"
    payload = "{NASTY}"
    [[consumer]]
    name = "audit"
    """,
    "nasty.toml",
)


class Class:
    """A lecturer with pages: ``play`` lets the session go on for some seconds, and sends its frames."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.session = ExactSession(SHOWN, clock=self.clock)
        self.pages = Presentation()
        # Lines that a stream has sent and no test has looked at yet.
        self.unread: dict[int, list[str]] = {}
        # Streams that are closed at the end, for none may be forgotten open.
        self.streams: list[tuple[ClientSession, ClientWebSocketResponse]] = []

    def play(self, seconds: float = 0.0) -> None:
        for _ in range(max(1, round(seconds / 0.05))):
            self.clock.now += 0.05 if seconds else 0.0
            self.pages.show(self.session, self.session.poll())

    @property
    def base(self) -> str:
        parts = urlsplit(self.pages.address)
        return f"{parts.scheme}://{parts.netloc}"

    def close(self) -> None:
        self.pages.close()
        self.session.close()


def acts(test: Callable[[Class], Awaitable[None]]) -> Callable[[], None]:
    def run() -> None:
        taught = Class()
        try:
            taught.play(0.0)
            asyncio.run(asyncio.wait_for(test(taught), 120))
        finally:
            taught.close()

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@asynccontextmanager
async def browser(on: Class) -> AsyncIterator[ClientSession]:
    """A browser that has opened the whole address."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
        async with client.get(on.pages.address) as page:
            assert page.status == 200
        try:
            yield client
        finally:
            for owner, stream in on.streams:
                if owner is client:
                    await stream.close()


async def follow(on: Class, client: ClientSession) -> ClientWebSocketResponse:
    stream = await client.ws_connect(f"{on.base}/events", headers={"Origin": on.base}, max_msg_size=0)
    on.streams.append((client, stream))
    await stream.send_str('{"want":"follow","version":1}')
    return stream


async def heard(on: Class, stream: ClientWebSocketResponse, kind: str, **wanted: object) -> dict[str, object]:
    """The next line of that kind with these values; others before it are passed over."""
    while True:
        lines = on.unread.setdefault(id(stream), [])
        while lines:
            record: dict[str, object] = json.loads(lines.pop(0))
            if record["kind"] == kind and all([record[key] == value for key, value in wanted.items()]):
                return record
        on.pages.listen()
        message = await stream.receive(60)
        assert message.type is WSMsgType.TEXT, message
        lines += message.data.split("\n")


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


@acts
async def test_a_page_gets_the_session_and_a_late_one_its_past(on: Class) -> None:
    async with browser(on) as client:
        stream = await follow(on, client)
        header = await heard(on, stream, "header")
        assert header["title"] == NASTY
        assert header["scenario"] == ""
        on.play(1.5)
        put = await heard(on, stream, "put")
        assert put["preview"] == NASTY
        async with browser(on) as late:
            past = await follow(on, late)
            assert (await heard(on, past, "header"))["start"] == header["start"]
            assert await heard(on, past, "put") == put
        await until(lambda: (on.play(), on.pages.viewers)[1] >= 1)


@acts
async def test_the_gate_knows_token_cookie_host_and_origin(on: Class) -> None:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
        for path, headers in (
            ("/", {}),
            ("/?t=wrong", {}),
            ("/?t=%F0%9F%8D%95", {}),
            ("/", {"Cookie": "msgmux=abc.def"}),
            (f"/?{urlsplit(on.pages.address).query}", {"Host": "evil.example"}),
            (f"/?{urlsplit(on.pages.address).query}", {"Origin": "http://evil.example"}),
        ):
            async with client.get(on.base + path, headers=headers) as refused:
                text = await refused.text()
                assert refused.status == 403, (path, headers, text)
                assert not refused.cookies
                assert "script" not in text
                assert "default-src 'self'" in refused.headers["Content-Security-Policy"]
        async with client.get(on.pages.address) as page:
            cookie = page.cookies["msgmux"]
            assert cookie["samesite"] == "Strict"
            assert cookie["httponly"]
            assert page.headers["Referrer-Policy"] == "no-referrer"
        for origin in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                await client.ws_connect(f"{on.base}/events", headers=origin)
            assert refusal.value.status == 403
        async with client.post(f"{on.base}/") as refused:
            assert refused.status == 405
        for path in ("/../relay.py", "/lines.py", "/__init__.py", "/page/", "/%2e%2e/gate.py", "/static/"):
            async with client.get(on.base + path) as missing:
                assert missing.status == 404, path


@acts
async def test_who_says_anything_else_is_hung_up_on(on: Class) -> None:
    async with browser(on) as client:
        for words, code in (
            ("x" * 5000, 1009),
            ("{", 1003),
            ('{"want":"do","id":1,"do":"clean"}', 1003),
            ('{"want":"list"}', 1003),
            ('{"want":"answer","poll":"1","choice":0}', 1003),
            ("[" * 1000, 1003),
        ):
            stream = await follow(on, client)
            await stream.send_str(words)
            await ends(stream, code)
        stream = await follow(on, client)
        await stream.send_bytes(b"\xff\xfe")
        await ends(stream, 1003)
        stream = await follow(on, client)
        for _ in range(30):
            await stream.send_str('{"want":"answer","poll":1,"choice":0}')
        await ends(stream, 1008)


async def ends(stream: ClientWebSocketResponse, code: int) -> None:
    while (message := await stream.receive(60)).type is WSMsgType.TEXT:
        pass
    assert message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING), message
    assert stream.close_code == code


@acts
async def test_of_three_hundred_connections_two_hundred_are_let_in(on: Class) -> None:
    statuses: list[int] = []
    streams: list[ClientWebSocketResponse] = []
    async with ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()) as client:

        async def come() -> None:
            async with client.get(on.pages.address) as page:
                cookie = page.cookies["msgmux"].value
            try:
                headers = {"Origin": on.base, "Cookie": f"msgmux={cookie}"}
                streams.append(await client.ws_connect(f"{on.base}/events", headers=headers))
            except aiohttp.WSServerHandshakeError as refusal:
                statuses.append(refusal.status)

        for _ in range(10):
            await asyncio.gather(*[come() for _ in range(30)])
        assert len(streams) == 200
        assert statuses == [503] * 100
        for stream in streams:
            await stream.close()


@acts
async def test_one_browser_has_four_windows(on: Class) -> None:
    async with browser(on) as client:
        streams = [await follow(on, client) for _ in range(4)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await follow(on, client)
        assert refusal.value.status == 429
        assert not any([stream.closed for stream in streams])


@acts
async def test_a_viewer_has_one_answer_that_changes_until_the_end(on: Class) -> None:
    on.pages.ask("Where does it start?", ("the head", NASTY), 1)
    async with browser(on) as first, browser(on) as second:
        one, two = await follow(on, first), await follow(on, second)
        asked = await heard(on, one, "poll", open=True)
        assert asked["counts"] is None
        assert asked["right"] is None
        assert asked["choices"] == ["the head", NASTY]
        for choice in (0, 1, 9, -1, 0):
            await one.send_str(json.dumps({"want": "answer", "poll": asked["id"], "choice": choice}))
        await two.send_str(json.dumps({"want": "answer", "poll": asked["id"], "choice": 1}))
        await two.send_str(json.dumps({"want": "answer", "poll": 77, "choice": 0}))
        assert (await heard(on, two, "poll", yours=1))["counts"] is None
        await until(lambda: (on.pages.listen(), on.pages.counts)[1] == (1, 1))
        on.pages.reveal()
        shown = await heard(on, one, "poll", open=False)
        assert shown["counts"] == [1, 1]
        assert shown["right"] == 1
        assert shown["yours"] == 0
        await one.send_str(json.dumps({"want": "answer", "poll": asked["id"], "choice": 1}))
        assert (await heard(on, one, "poll"))["yours"] == 0
        on.pages.take_away()
        assert (await heard(on, one, "poll"))["choices"] == []


@acts
async def test_held_pages_say_so_to_late_ones_too(on: Class) -> None:
    on.pages.hold("Look up!")
    on.pages.card("A card", "words")
    async with browser(on) as client:
        stream = await follow(on, client)
        assert (await heard(on, stream, "held"))["text"] == "Look up!"
        on.pages.hold("")
        assert (await heard(on, stream, "held"))["text"] == ""


def test_the_relay_ends_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import sys, time; from msgmux_tui.web.presentation import Presentation; "
        "pages = Presentation(); print(pages.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    relay = int(parent.stdout.readline())
    os.kill(relay, 0)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    eventually(lambda: not _runs(relay))


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3]
    except (FileNotFoundError, ProcessLookupError):
        return False
