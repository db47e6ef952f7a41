"""The bundled scenarios, as files that anybody may copy and change."""

from importlib import resources

from msgmux.documents.problems import suggestion
from msgmux.scenario import Problem, Scenario, ScenarioError, parse


def names() -> list[str]:
    """The names of all bundled scenarios, in order."""
    files = resources.files(__name__).iterdir()
    return sorted([file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")])


def template() -> str:
    """A scenario with every key explained, to begin one's own with."""
    return resources.files(__name__).joinpath("template.txt").read_text("utf-8")


def read(name: str) -> Scenario:
    """The bundled scenario of that name. Raises :class:`ScenarioError`, with the near miss, where there is none."""
    known = names()
    if name not in known:
        text = f"is no bundled scenario; {suggestion(name, known)}"
        raise ScenarioError([Problem(ascii(name)[1:-1], None, "", text)])
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text("utf-8")
    return parse(text, f"{name}.toml")
