"""The sessions that were kept when they ended: one recording each, the newest of them also called ``last``."""

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from msgmux.errors import MsgmuxError
from msgmux.units import seconds_text
from msgmux_tui.settings.paths import state_folder
from msgmux_tui.system.messages import complain, reason

if TYPE_CHECKING:
    from msgmux_tui.session import Session

LAST = "last"
"""What ``msgmux-tui replay`` takes for the session that has ended last."""
MOST = 50
"""The most sessions that are kept; the oldest go first."""
ENDING = ".jsonl.gz"
# Date, time, a number for sessions that end in the same second, scenario, length in whole seconds.
_NAME = re.compile(r"(\d{8})-(\d{6})(?:-(\d+))?-([\w.-]+?)-(\d+)s")


class NothingKept(MsgmuxError):
    """There is no last session to be shown."""


class Kept(msgspec.Struct, frozen=True):
    """A kept session. ``when``: ``2026-11-25 00:26:19``, local time; ``seconds``: how long it was."""

    path: Path
    name: str
    when: str
    scenario: str
    seconds: int

    @property
    def line(self) -> str:
        """One line of a list."""
        return f"{self.name}  {self.when}  {self.scenario}, {seconds_text(self.seconds)}"


def sessions_folder() -> Path:
    """Where kept sessions are; it need not exist yet."""
    return state_folder() / "sessions"


def kept_sessions() -> list[Kept]:
    """All kept sessions, the newest first. Other files in their folder are ignored."""
    try:
        names = [path.name.removesuffix(ENDING) for path in sessions_folder().iterdir() if path.name.endswith(ENDING)]
    except OSError:
        return []
    found = [(match, name) for name in names if (match := _NAME.fullmatch(name))]
    # By date and time, then by the number.
    found.sort(key=lambda one: (one[0][1], one[0][2], int(one[0][3] or 1)), reverse=True)
    return [
        Kept(sessions_folder() / f"{name}{ENDING}", name, _when(match[1], match[2]), match[4], int(match[5]))
        for match, name in found
    ]


def _when(date: str, clock: str) -> str:
    return f"{date[:4]}-{date[4:6]}-{date[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:]}"


def recording_path(name: str) -> Path:
    """The file that ``name`` means: itself, a kept session of that name, or the last one (``last``).

    Raises :class:`NothingKept` if no session has been kept yet.
    """
    if Path(name).exists():
        return Path(name)
    kept = kept_sessions()
    if name == LAST:
        if not kept:
            raise NothingKept(f"{sessions_folder()}: there is no last session yet; one is kept there when it ends")
        return kept[0].path
    return next((one.path for one in kept if one.name == name), Path(name))


def keep_last(session: "Session", scenario: str = "session") -> Kept | None:
    """Save what ``session`` remembers, under a name of its own. ``scenario``: the word for it in the name.

    Where that can't be, it is said on stderr, and None is returned: the program has ended, and this is no reason to
    fail.
    """
    folder = sessions_folder()
    timeline = session.timeline
    length = max(0, round(timeline.end - timeline.begin))
    word = re.sub(r"[^\w.]+", "-", scenario).strip(".-")[:40] or "session"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Written beside it and renamed, so that what is there is always whole. The name tells two programs apart.
        beside = folder / f"{os.getpid()}.part{ENDING}"
        try:
            session.save(beside)
            path = _free(folder, time.strftime("%Y%m%d-%H%M%S"), f"{word}-{length}s")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        kept = kept_sessions()
        for old in kept[MOST:]:
            old.path.unlink(missing_ok=True)
    except OSError as error:
        complain(f"the session's history could not be kept: {reason(error)}")
        return None
    return next((one for one in kept if one.path == path), None)


def _free(folder: Path, stamp: str, rest: str) -> Path:
    """A path that does not exist yet, and that comes after all that were kept in the same second."""
    taken = [path for path in folder.iterdir() if path.name.startswith(stamp)]
    number = f"-{len(taken) + 1}" if taken else ""
    return folder / f"{stamp}{number}-{rest}{ENDING}"
