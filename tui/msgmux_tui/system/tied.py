"""A child that ends with this process, whatever ends it: also SIGKILL, which leaves no time to say so.

Linux can do that (prctl(2), PR_SET_PDEATHSIG), and what is set survives exec. So a small program sets it and becomes
the child. Elsewhere the child is started as it is.
"""

import os
import signal
import sys
from collections.abc import Sequence

# The parent may end before the request for the signal is made; then the signal would never come.
_TIE = (
    "import ctypes, os, sys; number, parent = int(sys.argv[1]), int(sys.argv[2]); "
    "ctypes.CDLL(None).prctl(1, number); "
    "os.getppid() == parent or sys.exit(1); "
    "os.execv(sys.argv[3], sys.argv[3:])"
)


def tied(command: Sequence[str], number: signal.Signals = signal.SIGTERM) -> list[str]:
    """The command line of a child that gets the signal when the thread that has started it is gone.

    ``command[0]`` is a path. To be started by a thread that lasts as long as the process.
    """
    if not sys.platform.startswith("linux"):
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _TIE, str(int(number)), str(os.getpid()), *command]
