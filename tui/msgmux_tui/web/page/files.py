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


@cache
def text(name: str) -> str:
    """A file of the page without its comments and its indentation, which are a third of it."""
    found = files(__package__).joinpath(name).read_text(encoding="utf-8")
    if name.endswith((".js", ".css")):
        found = re.sub(r"^\s*(//.*|/\*.*\*/)\n", "", found, flags=re.MULTILINE)
        found = re.sub(r" // [^\"'`\n]*$", "", found, flags=re.MULTILINE)
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

    A policy inside the page lets its own script run and no other, so nothing in a recording can do more than be shown.
    """
    script = "\n".join([text(part).replace('"use strict";', "") for part in SCRIPTS])
    script = f'"use strict";\n{script}'
    style, icon = text("style.css"), base64.b64encode(text("icon.svg").encode()).decode()
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    packed = base64.b64encode(gzip.compress(recording, 9, mtime=0)).decode()
    data = f'<script type="text/plain" id="recording" data-name="{html.escape(name)}">{packed}</script>\n'
    if beside:
        # "<" only ever stands inside of strings, where this is the same letter: nothing ends the element early.
        told = msgspec.json.encode(list(beside)).decode().replace("<", "\\u003c")
        data += f'<script type="application/json" id="beside">{told}</script>\n'
    page = text("viewer.html")
    page = re.sub(r'<script src="[^"]+" defer></script>\n', "", page)
    page = page.replace('<link rel="stylesheet" href="style.css">\n', f"<style>{style}</style>\n")
    page = page.replace('href="icon.svg"', f'href="data:image/svg+xml;base64,{icon}"')
    page = page.replace("<title>msgmux</title>", f"<title>{html.escape(title)}</title>")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    page = page.replace('<meta name="viewport"', f'{meta}<meta name="viewport"')
    return page.replace("</body>", f"{data}<script>{script}</script>\n</body>")


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
