"""Strings with terminal escape sequences or markup, and recordings that contain them."""

import unicodedata
from pathlib import Path

import msgspec

from msgmux import events as ev
from msgmux.commands import Stall
from msgmux.pacing import Constant, Fixed, Sending
from msgmux.recording import Header, RecordingWriter
from support.events_made_up import empty_state

SEQUENCES = (
    "\x1b[2J",
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]8;;http://example.invalid\x1b\\link",
    "\x1bP+q544e\x1b\\",
    "\x1b[6n",
    "\x1bc",
    "\x1b[?1049l",
    "\x9b31m",
    "\x9d0;title\x9c",
    "\r\nnew line",
    "tab\tstop",
    "back\x08space",
)
DIRECTIONS = tuple("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
INVISIBLE = tuple("\u00ad\u200b\u200c\u200d\u2028\u2029\u2060\ufeff\ue000\ufff9\U000e0041\u0378")
CONTROLS = tuple([chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))])
MARKUP = ("[bold red]x[/]", "[@click=app.quit]x[/]", "</script><b>", "&lt;&amp;", "$\\frac$", "_x", "%s{}{0}", "=1+1")
WIDE = ("界" * 20, "e\u0301" * 20, "🧵🪢", "x" * 300)
STRINGS = (*SEQUENCES, *DIRECTIONS, *INVISIBLE, *CONTROLS, *MARKUP, *WIDE)

HARMFUL = frozenset("\t\n\r") | {
    chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf")
}


def harm_in(text: str) -> frozenset[str]:
    """The control and direction characters in ``text``."""
    return HARMFUL.intersection(text)


def hostile_recording(path: Path, words: str) -> Path:
    """Write a recording in which every free string is made of ``words``."""
    p, c = f"p{words}", f"c{words}"
    numbers = iter(range(1, 1_000))

    def at() -> tuple[int, float]:
        number = next(numbers)
        return number, number * 0.1

    events: list[ev.Event] = [
        ev.ProducerRegistered(*at(), p, 1, f"P{words}", 4),
        ev.ConsumerRegistered(*at(), c, 2, f"C{words}", 4, 0),
        ev.Paced(*at(), "producer", p, 1, Sending(Constant(1.0), words)),
        ev.Paced(*at(), "consumer", c, 2, Fixed(0.1)),
        # Each has the pacing of the other role.
        ev.Paced(*at(), "producer", p, 1, Fixed(0.1)),
        ev.Paced(*at(), "consumer", c, 2, Sending(Constant(1.0), words)),
        ev.Commanded(*at(), Stall(c), False, words, words),
        ev.Put(*at(), p, 1, 1, 3, 1, 9, words),
        ev.Delivered(*at(), c, 2, 1, 1),
        ev.Skipped(*at(), c, 2, 2, 2),
        ev.Blocked(*at(), p, 1),
        ev.Unblocked(*at(), p, 1),
        ev.Stalled(*at(), c, 2),
        ev.CleanerPass(*at(), 0, "consumer", (c, words), None, 99.0),
        ev.Failed(*at(), "consumer", c, words),
        ev.Failed(*at(), "queue", words, words),
        ev.Levels(*at(), {p: 1}, {c: 1}),
        ev.Note(*at(), words, "say"),
        ev.Note(*at(), words, "marker"),
        ev.Note(*at(), words, words),
        ev.Expected(*at(), words, False),
        ev.Violation(*at(), words, words),
    ]
    with RecordingWriter(path, Header(empty_state(), words, words, 0, "threads")) as writer:
        for event in events:
            writer.event(event)
    return path


def damaged_recording(path: Path, words: str) -> Path:
    """Write a recording with an invalid line that puts ``words`` into the error message."""
    hostile_recording(path, "x")
    with path.open("ab") as file:
        file.write(msgspec.json.encode({"kind": words, "number": 20, "time": 3.0}) + b"\n")
    return path
