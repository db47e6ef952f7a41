"""The one gate of both web servers: who may come in, from where, how much they may say, and what headers they get.

A server listens at the loopback unless told otherwise. Its printed address has a token; who shows it gets a cookie
(HttpOnly, SameSite=Strict) that names the browser by a random id and proves by an HMAC that we gave it. Every request
must name a Host of ours, exactly; a WebSocket must name an Origin of ours too, since a browser sends cookies to it from
foreign pages. Nothing is encrypted: TLS is left to a proxy (see the manual's *security*).
"""

import hashlib
import hmac
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

COOKIE = "msgmux"
MOST_OF_ONE = 4
"""Connections of one browser at a time: some tabs."""
MOST_BYTES = 1024
"""Bytes of one message from a browser; longer ones end its connection."""
BURST, PER_SECOND = 10, 4.0
"""Messages that a browser may send at once, and on average."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_VIEWER = "viewer"


class Gate:
    """Lets in who knows ``token`` and asks by one of ``origins`` (``http://127.0.0.1:8080``).

    ``most``: connections that stay open, of all browsers together; ``full``: what is said to one more.
    """

    def __init__(self, token: str, origins: Iterable[str], *, most: int, full: str) -> None:
        self._token = token.encode()
        self._origins = frozenset(origins)
        self._hosts = frozenset([urlsplit(origin).netloc for origin in self._origins])
        self._encrypted = all([origin.startswith("https:") for origin in self._origins])
        self._most, self._full = most, full
        self._key = secrets.token_bytes(32)
        # Open connections by the browser's id.
        self._inside: Counter[str] = Counter()

    @property
    def inside(self) -> int:
        """Connections that are open now."""
        return self._inside.total()

    def middleware(self) -> Middleware:
        """What aiohttp calls for each request, before anything else looks at it."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                given = self._check(request)
            except web.HTTPException as refusal:
                refusal.headers.update(HEADERS)
                raise
            try:
                response = await handler(request)
            except web.HTTPException as refusal:
                refusal.headers.update(HEADERS)
                raise
            if not response.prepared:
                response.headers.update({name: HEADERS[name] for name in HEADERS if name not in response.headers})
                if given:
                    response.set_cookie(
                        COOKIE, self._cookie(given), httponly=True, samesite="Strict", secure=self._encrypted
                    )
            return response

        return guard

    def _check(self, request: web.Request) -> str:
        """Raise what refuses the request. Else note who it is, and return their id if the cookie is to be set."""
        if request.headers.getall("Host", []) not in [[host] for host in self._hosts]:
            raise web.HTTPForbidden(text="this server goes by another name")
        origin = request.headers.get("Origin")
        if origin is not None and origin not in self._origins:
            raise web.HTTPForbidden(text="this was asked for by another page")
        if request.method not in ("GET", "HEAD"):
            raise web.HTTPMethodNotAllowed(request.method, ["GET", "HEAD"])
        viewer = self._viewer_of(request.cookies.get(COOKIE, ""))
        token = request.query.get("t")
        if token is not None and not hmac.compare_digest(token.encode("utf-8", "replace"), self._token):
            raise web.HTTPForbidden(text="the address is wrong, or it is that of another day")
        if token is None and not viewer:
            raise web.HTTPForbidden(text="open the whole address, as it was given to you")
        given = "" if viewer else secrets.token_hex(8)
        request[_VIEWER] = viewer or given
        return given

    def admit(self, request: web.Request) -> str:
        """Let a WebSocket in, until :meth:`leave`, and return the id of its browser. Raises what refuses it."""
        if request.headers.get("Origin") not in self._origins:
            raise web.HTTPForbidden(text="this was asked for by no page of ours")
        viewer: str = request[_VIEWER]
        if self._inside[viewer] >= MOST_OF_ONE:
            raise web.HTTPTooManyRequests(text=f"{MOST_OF_ONE} windows of one browser are enough")
        if self.inside >= self._most:
            raise web.HTTPServiceUnavailable(text=self._full)
        self._inside[viewer] += 1
        return viewer

    def leave(self, viewer: str) -> None:
        """A connection of that browser has ended."""
        self._inside[viewer] -= 1
        if self._inside[viewer] <= 0:
            del self._inside[viewer]

    def _cookie(self, viewer: str) -> str:
        return f"{viewer}.{hmac.new(self._key, viewer.encode(), hashlib.sha256).hexdigest()}"

    def _viewer_of(self, cookie: str) -> str:
        """The id in a cookie that is ours; empty for any other."""
        viewer, _, _ = cookie.partition(".")
        known = hmac.compare_digest(cookie.encode("utf-8", "replace"), self._cookie(viewer).encode("utf-8", "replace"))
        return viewer if viewer and known else ""


class Allowance:
    """How many messages one connection may still send: :data:`BURST`, and :data:`PER_SECOND` more each second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left, self._at = float(BURST), clock()

    def take(self) -> bool:
        """Use one up. Returns whether there was one."""
        now = self._clock()
        self._left = min(float(BURST), self._left + (now - self._at) * PER_SECOND)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


def origins_of(host: str, port: int, at: str) -> tuple[str, ...]:
    """The addresses by which a server that listens at ``host`` and ``port`` may be asked for.

    ``at``: the address that a proxy has for it, or empty.
    """
    names = {"localhost", "127.0.0.1"} if host in ("127.0.0.1", "localhost") else {host}
    near = [f"http://{f'[{name}]' if ':' in name else name}:{port}" for name in sorted(names)]
    if not at:
        return tuple(near)
    parts = urlsplit(at)
    return (f"{parts.scheme}://{parts.netloc}", *near)
