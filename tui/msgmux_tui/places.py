"""Where the program keeps what it remembers from one run to the next (the XDG folders), and whether it ever ran."""

import os
from pathlib import Path

PROGRAM = "msgmux"


def state_folder() -> Path:
    """``$XDG_STATE_HOME/msgmux``, by default in ``~/.local/state``; it need not exist yet."""
    base = os.environ.get("XDG_STATE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".local" / "state") / PROGRAM


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
