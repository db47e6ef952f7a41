"""The pictures in screenshots/ show the current program. After a change of its look: `make screenshots`."""

import asyncio
import sys
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

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


@pytest.mark.parametrize("scene", make.SCENES, ids=lambda scene: scene.name)
def test_a_moving_picture_is_not_stale(scene: Any) -> None:
    """By the digest in the file, so that nothing is painted here."""
    frames = asyncio.run(make.act(scene))
    with Image.open(FOLDER / f"{scene.name}.gif") as image:
        assert image.info["comment"] == make.digest(frames), "make screenshots"
        assert getattr(image, "n_frames", 1) > 10


def test_a_moving_picture_is_small_enough_for_a_page() -> None:
    assert {path.name: path.stat().st_size for path in FOLDER.glob("*.gif") if path.stat().st_size >= 2_000_000} == {}


def test_no_picture_is_left_over() -> None:
    names = {picture.name for picture in make.PICTURES}
    assert {path.stem for path in FOLDER.iterdir() if path.suffix in (".svg", ".png")} == names
    assert {path.stem for path in FOLDER.glob("*.gif")} == {scene.name for scene in make.SCENES}


def test_the_readme_shows_every_moving_picture() -> None:
    text = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    assert all([f"(screenshots/{scene.name}.gif)" in text for scene in make.SCENES])


def test_a_picture_needs_nothing_from_elsewhere() -> None:
    for path in FOLDER.glob("*.svg"):
        text = path.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "http" not in text.replace("https://www.textualize.io", ""), path.name
