"""The files that a browser may have: those of the page's folder, read once, by name. Nothing else is ever opened."""

from functools import cache
from importlib.resources import files

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
START = "viewer.html"
_MISSING = b"<!doctype html><title>msgmux</title><p>The page is not part of this installation."


@cache
def served() -> dict[str, tuple[str, bytes]]:
    """By name: content type and content. The page itself is named :data:`START`."""
    found: dict[str, tuple[str, bytes]] = {START: (TYPES[".html"], _MISSING)}
    for file in files("msgmux_tui.web.page").iterdir():
        kind = next((TYPES[suffix] for suffix in TYPES if file.name.endswith(suffix)), None)
        if kind is not None and file.is_file():
            found[file.name] = kind, file.read_bytes()
    return found
