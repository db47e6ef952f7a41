"""The pictures in screenshots/ show the current program. After a change of its look: `make screenshots`."""

import asyncio
import sys
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "screenshots"


def _recipe() -> ModuleType:
    spec = util.spec_from_file_location("screenshots_make", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _recipe()


@pytest.mark.parametrize("picture", make.PICTURES, ids=lambda picture: picture.name)
def test_a_picture_is_not_stale(picture: Any) -> None:
    svg = asyncio.run(make.draw(picture))
    assert (FOLDER / f"{picture.name}.svg").read_text(encoding="utf-8") == svg, "make screenshots"
    assert (FOLDER / f"{picture.name}.png").read_bytes() == make.png(svg), "make screenshots"


def test_no_picture_is_left_over() -> None:
    names = {picture.name for picture in make.PICTURES}
    assert {path.stem for path in FOLDER.iterdir() if path.suffix in (".svg", ".png")} == names


def test_a_picture_needs_nothing_from_elsewhere() -> None:
    for path in FOLDER.glob("*.svg"):
        text = path.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "http" not in text.replace("https://www.textualize.io", ""), path.name
