"""The wheel and the sdist contain both packages with all data files, and nothing else."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCE_ROOTS = [REPOSITORY / "core", REPOSITORY / "tui"]
NOT_SOURCE = {"__pycache__", ".mypy_cache", ".ruff_cache"}

pytestmark = pytest.mark.skipif(not (REPOSITORY / "pyproject.toml").exists(), reason="not in the source tree")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built by calling the backend directly, which needs no package registry."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(folder)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return folder


def source_paths() -> list[Path]:
    """The paths of all files of both packages."""
    found = (path for root in SOURCE_ROOTS for path in root.glob("msgmux*/**/*") if path.is_file())
    return [path for path in found if NOT_SOURCE.isdisjoint(path.parts)]


def test_the_wheel_holds_both_packages_with_every_file_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        files = set(archive.namelist())
    metadata = {name for name in files if name.partition("/")[0].endswith(".dist-info")}
    assert files - metadata == {"/".join(path.relative_to(REPOSITORY).parts[1:]) for path in source_paths()}
    assert {"msgmux/py.typed", "msgmux_tui/py.typed"} <= files
    assert {name.partition("/")[2] for name in metadata} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }


def test_the_wheel_names_the_command(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "msgmux-tui = msgmux_tui.cli:main" in archive.read(entry_points).decode()


def test_the_sdist_holds_what_it_takes_to_build_and_test(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        files = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "Makefile", "constraints.txt", "tests/conftest.py"} <= files
    sources = {path.relative_to(REPOSITORY).as_posix() for path in source_paths()}
    assert sources <= files
