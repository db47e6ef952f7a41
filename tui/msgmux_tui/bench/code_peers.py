"""Small programs in the peers that search schedules, frontrun and interleave-test, each in a process of its own."""

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import msgspec

from msgmux_tui.bench import peer_search
from msgmux_tui.bench.measuring import Say
from msgmux_tui.bench.report import Cells, Table

SECONDS = 4.0
"""How long a peer may search a program."""
ENOUGH = 20
"""The least schedules of a peer from which a rate is computed: of fewer, the start takes most of the time."""
GOALS = {"frontrun": 15.0, "interleave-test": 5.0}
MODULES = {"frontrun": "frontrun", "interleave-test": "interleave_test"}


class Searched(msgspec.Struct, frozen=True):
    """What a peer made of a program; see :func:`msgmux_tui.bench.peer_search.searched`."""

    found: bool
    exhausted: bool
    schedules: int
    seconds: float

    @property
    def decided(self) -> float | None:
        """After how many seconds it was decided; None if it was not."""
        return self.seconds if self.found or self.exhausted else None


def installed() -> list[str]:
    """The peers that are here."""
    scripts = sysconfig.get_path("scripts")
    return [
        name
        for name, module in MODULES.items()
        if find_spec(module) is not None and (name != "frontrun" or shutil.which("frontrun", path=scripts))
    ]


def beside(
    programs: Mapping[str, tuple[str, int]],
    ours: Mapping[str, tuple[float, float]],
    decided: Mapping[str, float | None],
    say: Say,
) -> list[Table]:
    """Tables of the ratios of our rates to the peers', and of the seconds until a program is decided.

    ``programs``: the file for the peers and the number of threads. ``ours``: our schedules a second by partial orders,
    as frontrun searches, and by a bound, as interleave-test does. ``decided``: our seconds.
    """
    peers = installed()
    missing = [name for name in MODULES if name not in peers]
    if missing:
        say(f"code: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed, and left out")
    if not peers:
        return []
    ratios: dict[str, Cells] = {}
    times: dict[str, Cells] = {}
    for name, (file, threads) in programs.items():
        results = []
        for peer in peers:
            say(f"code, {name} in {peer}")
            results.append(_searched(peer, file, threads))
        ratios[name] = tuple(
            [
                ours[name][0 if peer == "frontrun" else 1] * result.seconds / result.schedules
                if result is not None and result.schedules >= ENOUGH
                else None
                for peer, result in zip(peers, results, strict=True)
            ]
        )
        times[name] = (decided[name], *[None if result is None else result.decided for result in results])
    middle = [[cell for cell in column if cell is not None] for column in zip(*ratios.values(), strict=True)]
    ratios["median"] = tuple([median(column) if column else None for column in middle])
    return [
        Table(
            "code-peers",
            "Schedules a second, beside peers",
            "ratio",
            "more",
            tuple(peers),
            ratios,
            {"median": tuple([GOALS[peer] for peer in peers])},
            f"programs of which the peer ran at least {ENOUGH} schedules in {SECONDS:g} s",
        ),
        Table(
            "code-decided",
            "Seconds until a fault is found, or the search is exhausted",
            "seconds",
            "less",
            ("msgmux", *peers),
            times,
            {},
            f"empty: neither, in {SECONDS:g} s; the peers search up to two preemptions, msgmux every schedule",
        ),
    ]


def _searched(peer: str, file: str, threads: int) -> Searched | None:
    """None where the peer ends otherwise than by an answer."""
    script = str(Path(peer_search.__file__))
    command = [sys.executable, script, peer, file, str(threads), str(SECONDS)]
    if peer == "frontrun":
        # It must be started by its own command, which prepares the process.
        command = [str(Path(sysconfig.get_path("scripts")) / "frontrun"), *command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5 * SECONDS, check=False)
        return msgspec.convert(json.loads(done.stdout.splitlines()[-1]), Searched)
    except (subprocess.TimeoutExpired, IndexError, json.JSONDecodeError, msgspec.ValidationError):
        return None
