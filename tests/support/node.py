"""Scripts of the page, run by Node.js."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from msgmux_tui.web import page

FOLD = Path(__file__).parents[1] / "tui/web/fold.mjs"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here to run the page's scripts")


def folded(wanted: Sequence[tuple[Path, Sequence[int], str]]) -> list[dict[str, Any]]:
    """What the page makes of these recordings, each with the events at which its state is asked for."""
    asked = "".join([json.dumps([str(path), list(places), how]) + "\n" for path, places, how in wanted])
    folder = str(Path(page.__file__).parent)
    done = subprocess.run(["node", FOLD, folder], input=asked, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]
