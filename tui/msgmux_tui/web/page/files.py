"""The page's files: as a server hands them out, and all in one with a recording inside."""

import base64
import gzip
import hashlib
import html
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec

from msgmux_tui.web.page.lines import Story, Threads

SCRIPTS = ("fold.js", "history.js", "words.js", "draw.js", "page.js")
TYPES = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
UNPACK = """
const unpacked = id => {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), c => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
};
unpacked("page").json().then(([style, body, script]) => {
  const add = (name, content) => {
    const made = document.createElement(name);
    made.textContent = content;
    document.body.append(made);
  };
  document.body.insertAdjacentHTML("beforeend", body);
  add("style", style);
  add("script", script);
});
"""
"""Unpacks the page in a file that :func:`standalone` has made."""


@cache
def text(name: str) -> str:
    """A file of the page without its comments and its indentation, which are a third of it."""
    found = files(__package__).joinpath(name).read_text(encoding="utf-8")
    if name.endswith((".js", ".css")):
        found = re.sub(r"^\s*(//.*|/\*.*\*/)\n", "", found, flags=re.MULTILINE)
        found = re.sub(r" // [^\"'`\n]*$", "", found, flags=re.MULTILINE)
    if name.endswith(".css"):
        found = re.sub(r"(?<=[{};:,])\s+|\s+(?=[{}])|;(?=\s*})", "", found)
    return re.sub(r"^\s+", "", found, flags=re.MULTILINE)


def served() -> dict[str, tuple[str, bytes]]:
    """By the last part of its path, each file's content type and content; the page itself is ``""``."""
    names = ["viewer.html", "style.css", "icon.svg", *SCRIPTS]
    found = {name: (TYPES.get(name.split(".")[-1], "text/javascript; charset=utf-8"), text(name)) for name in names}
    found[""] = found.pop("viewer.html")
    return {name: (kind, content.encode()) for name, (kind, content) in found.items()}


def standalone(recording: bytes, title: str, name: str, beside: Sequence[tuple[int, Story | Threads]] = ()) -> str:
    """The page with a recording inside, as one file that asks nobody for anything.

    ``recording``: the lines of a recording. ``name``: what they are called where they are saved from the page.
    ``beside``: lines of the page that belong to it, each with the number of the event that it comes after.

    Both page and recording are packed; a few lines unpack the page. A policy inside the file lets these lines and the
    page's own script run and no other, so nothing in a recording can do more than be shown.
    """
    script = "\n".join([text(part).replace('"use strict";', "") for part in SCRIPTS])
    script = f'"use strict";\n{script}'
    style, icon = text("style.css"), base64.b64encode(text("icon.svg").encode()).decode()
    body = re.sub(r".*<body>|</body>.*", "", text("viewer.html"), flags=re.DOTALL)
    page = _packed(msgspec.json.encode([style, body, script]))
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}' '{_digest(UNPACK)}'; style-src '{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    told = f'<script type="text/plain" id="beside">{_packed(msgspec.json.encode(list(beside)))}</script>\n'
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<link rel="icon" href="data:image/svg+xml;base64,{icon}">
</head>
<body>
<noscript>This file draws a queue in your browser; it needs JavaScript.</noscript>
<script type="text/plain" id="page">{page}</script>
<script type="text/plain" id="recording" data-name="{html.escape(name)}">{_packed(recording)}</script>
{told if beside else ""}<script>{UNPACK}</script>
</body>
</html>
"""


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
