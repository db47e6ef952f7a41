"""How much memory this process has ever had."""

import resource
from pathlib import Path


def peak_megabytes() -> int:
    """Resident at most. Linux hands ``ru_maxrss`` down from parent to child, so there the process's own is read."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20)
