"""Where the program keeps what outlives it: the history of the last session, and whether it ever ran."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgmux.errors import MsgmuxError

if TYPE_CHECKING:
    from msgmux_tui.session import Session

LAST = "last"
"""What ``msgmux-tui replay`` takes for the history of the session that has ended last."""


class NothingKept(MsgmuxError):
    """There is no last session to be shown."""


def state_folder() -> Path:
    """By the XDG base directory specification, where a relative path is none."""
    named = os.environ.get("XDG_STATE_HOME", "")
    return (Path(named) if os.path.isabs(named) else Path.home() / ".local" / "state") / "msgmux-tui"


def first_run() -> bool:
    """Is this the first run? Asking makes it so that the next one isn't, where the folder can be written."""
    mark = state_folder() / "welcomed"
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        with mark.open("x"):
            return True
    except OSError:
        # Welcomed already; or nothing can be remembered here, and then a welcome each time would be a nuisance.
        return False


def recording_path(name: str) -> Path:
    """The file that ``name`` means: itself, or the last session's. Raises :class:`NothingKept`."""
    if name != LAST or Path(name).exists():
        return Path(name)
    path = state_folder() / "last.jsonl.gz"
    if not path.exists():
        raise NothingKept(f"{path}: there is no last session yet; one is kept there whenever a session ends")
    return path


def keep_last(session: "Session") -> None:
    """Save what ``session`` remembers as the last session, in place of the one before.

    Where that can't be, it is said on stderr: the program has ended, and this is no reason to fail.
    """
    path = state_folder() / "last.jsonl.gz"
    # Written beside it and renamed, so that what is there is always whole. The name tells two programs apart.
    beside = path.with_name(f"{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            session.save(beside)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        print(f"msgmux-tui: the session's history could not be kept: {error}", file=sys.stderr)
