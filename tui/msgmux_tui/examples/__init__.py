"""Programs with the library that people copy. Each is a file of its own, which imports nothing of the terminal app."""

from importlib import resources

from msgmux.documents.problems import suggestion
from msgmux.errors import MsgmuxError


def names() -> list[str]:
    """The names of all examples, in order."""
    files = [file.name for file in resources.files(__name__).iterdir()]
    return sorted([file.removesuffix(".py") for file in files if file.endswith(".py") and not file.startswith("_")])


def text(name: str) -> str:
    """The source of the example of that name. Raises :class:`MsgmuxError`, with the near miss, where there is none."""
    known = names()
    if name not in known:
        raise MsgmuxError(f"{ascii(name)[1:-1]}: is no example; {suggestion(name, known)}")
    return resources.files(__name__).joinpath(f"{name}.py").read_text("utf-8")
