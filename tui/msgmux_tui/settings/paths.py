"""The XDG folders: of kept sessions, of whether the program ever ran, and of its settings."""

import os
from pathlib import Path

PROGRAM = "msgmux"


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
