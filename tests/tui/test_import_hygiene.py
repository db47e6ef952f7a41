"""The cost of starting: the core imports no terminal library, and the command line no Textual until it is needed."""

import subprocess
import sys

import pytest


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a new interpreter, which must succeed. With ``-X importtime`` its import log is on stderr."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def loaded_packages(*arguments: str) -> set[str]:
    """The top-level packages that a new interpreter imports while it runs ``arguments``."""
    log = run_python("-X", "importtime", *arguments).stderr
    names = (line.rpartition("|")[2].strip() for line in log.splitlines() if line.startswith("import time:"))
    return {name.partition(".")[0] for name in names}


def test_the_core_loads_no_terminal_no_command_line_and_no_event_loop() -> None:
    loaded = loaded_packages("-c", "import msgmux")
    assert "msgmux" in loaded
    assert loaded.isdisjoint({"textual", "rich", "click", "asyncio", "msgmux_tui"})


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["run", "sample", "--quiet"],
        ["scenarios"],
        ["validate", "--help"],
        ["lesson"],
        ["lesson", "cursor", "--plain"],
        ["bench", "--help"],
    ],
    ids=" ".join,
)
def test_a_command_that_opens_no_screen_does_not_load_textual(arguments: list[str]) -> None:
    loaded = loaded_packages("-m", "msgmux_tui", *arguments)
    assert "msgmux_tui" in loaded
    assert loaded.isdisjoint({"textual", "rich"})


def loaded_modules(*arguments: str) -> int:
    """The number of modules that a new interpreter imports for this, beyond those that it always imports."""

    def count(*arguments: str) -> int:
        return run_python("-X", "importtime", *arguments).stderr.count("import time:")

    return count(*arguments) - count("-c", "pass")


# Starting is fast because little is imported; `make bench` measures the time.


def test_who_publishes_nothing_loads_nothing_of_it() -> None:
    look = "import msgmux, sys; print(*[name for name in sys.modules if name.startswith('msgmux.publishing')])"
    assert run_python("-c", look).stdout.split() == []
    asked = look.replace("; print", "; msgmux.publish; print")
    assert "msgmux.publishing.publisher" in run_python("-c", asked).stdout.split()


def test_publishing_needs_nothing_but_the_standard_library_and_what_the_core_has() -> None:
    more = loaded_packages("-c", "import msgmux; msgmux.publish") - loaded_packages("-c", "import msgmux")
    assert more
    assert more <= sys.stdlib_module_names


def test_importing_the_core_loads_few_modules() -> None:
    assert loaded_modules("-c", "import msgmux") < 130


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_few_modules(option: str) -> None:
    assert loaded_modules("-m", "msgmux_tui", option) < 260
