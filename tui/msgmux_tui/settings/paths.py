"""The XDG folders: of the last session's history, of whether the program ever ran, and of its settings."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgmux.errors import MsgmuxError
from msgmux_tui.system.messages import complain, reason

if TYPE_CHECKING:
    from msgmux_tui.session import Session

PROGRAM = "msgmux"
LAST = "last"
"""What ``msgmux-tui replay`` takes for the history of the session that has ended last."""


class NothingKept(MsgmuxError):
    """There is no last session to be shown."""


def state_folder() -> Path:
    """``$XDG_STATE_HOME/msgmux``, by default in ``~/.local/state``; it need not exist yet."""
    return _folder("XDG_STATE_HOME", ".local/state")


def config_file() -> Path:
    """``$XDG_CONFIG_HOME/msgmux/config.toml``, by default in ``~/.config``, on macOS too; it need not exist."""
    return _folder("XDG_CONFIG_HOME", ".config") / "config.toml"


def _folder(variable: str, usual: str) -> Path:
    """Ours, in the folder that the environment names; a relative one is to be ignored, by the XDG specification."""
    base = os.environ.get(variable, "")
    return (Path(base) if os.path.isabs(base) else Path.home() / usual) / PROGRAM


def first_run() -> bool:
    """Is this the first run? Asking makes it so that the next one isn't, where the folder can be written."""
    mark = state_folder() / "welcomed"
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        with mark.open("x"):
            return True
    except OSError:
        # Not the first run; or the folder cannot be written, and then a welcome at every run would be a nuisance.
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
        complain(f"the session's history could not be kept: {reason(error)}")
