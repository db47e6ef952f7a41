"""The lines that only a page gets, as records; ``msgspec.json.encode`` makes lines of them."""

import msgspec


class Viewers(msgspec.Struct, frozen=True, tag_field="kind", tag="viewers"):
    """``count`` pages look on."""

    count: int


class Held(msgspec.Struct, frozen=True, tag_field="kind", tag="held"):
    """The page shows only ``text``; an empty one lets it show the session again."""

    text: str


class Poll(msgspec.Struct, frozen=True, tag_field="kind", tag="poll"):
    """A question, as one viewer sees it: ``yours`` is the index of that viewer's answer, ``right`` that of the right
    one. ``counts`` has the number of answers to each choice, None until they are revealed. No ``choices``: no question.
    """

    id: int
    question: str
    choices: tuple[str, ...]
    open: bool = True
    yours: int | None = None
    counts: tuple[int, ...] | None = None
    right: int | None = None


class Card(msgspec.Struct, frozen=True, tag_field="kind", tag="card"):
    """A lesson's card: plain text, its paragraphs apart by an empty line. An empty ``text``: no card."""

    title: str
    text: str


class Task(msgspec.Struct, frozen=True):
    """A task of a step session. ``state``: ``running``, ``ready``, ``blocked``, ``waits`` or ``sleeping``; ``words``:
    what it does next or waits for; ``holds``: the locks that it has. ``able``: it may go on now.
    """

    id: int
    name: str
    state: str
    able: bool
    words: str
    holds: tuple[str, ...] = ()
    chosen: bool = False


class Place(msgspec.Struct, frozen=True):
    """Where the chosen task stands: a ``title``, the numbered ``lines`` of source around it, and the line ``here``."""

    title: str
    lines: tuple[tuple[int, str], ...] = ()
    here: int = 0


class Threads(msgspec.Struct, frozen=True, tag_field="kind", tag="threads"):
    """The tasks of a step session after the event before this line. ``told``: sentences about locks and channels;
    ``cycles``: deadlocks, each as names of tasks; ``said``: what the last step was.
    """

    time: float
    tasks: tuple[Task, ...]
    said: str = ""
    told: tuple[str, ...] = ()
    cycles: tuple[tuple[str, ...], ...] = ()
    source: Place | None = None
    steps: int = 0
    preemptions: int = 0


class Told(msgspec.Struct, frozen=True):
    """One turn of a story: ``number`` is that of the last event that had happened after it."""

    text: str
    number: int


class Story(msgspec.Struct, frozen=True, tag_field="kind", tag="story"):
    """What a recording shows, in words, turn by turn. It stands right after the header."""

    title: str
    turns: tuple[Told, ...]


PageLine = Viewers | Held | Poll | Card | Threads | Story
"""Every line of this module."""
