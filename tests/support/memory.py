"""The peak memory of this process."""

import resource
from pathlib import Path


def peak_megabytes() -> int:
    """The peak resident memory in MB. On Linux a child inherits its parent's ``ru_maxrss``, so VmHWM is read there."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20)
