"""Reads hostile scenario files in a process with limited time and memory, which ends it if a file exceeds them.

    python tests/support/fuzz_scenarios.py mutated COUNT SEED     good and bad files, mutated at random
    python tests/support/fuzz_scenarios.py costly                 files that are made to be slow or large

Prints how many files were read; any exception but a :class:`ScenarioError` is a traceback and exit code 1.
"""

import resource
import sys
import tempfile
from pathlib import Path
from random import Random

from msgmux.scenario import ScenarioError, load

TESTS = Path(__file__).parents[1]
BAD, GOOD = TESTS / "core/scenario/bad_scenarios", TESTS.parent / "tui"
SEEDS = [*sorted(BAD.glob("*.toml")), *sorted(GOOD.rglob("scenarios/*.toml"))]
MEGABYTE = 1_000_000
MEMORY = 800 * MEGABYTE
"""Bytes of address space. Measured: a megabyte of the costliest kind takes 260 MB."""
PATIENCE = 20
"""Seconds of CPU time for one file. Measured: under 2."""

TOKENS = [
    *"\"'[]{}=#.,\n\\ ",
    *[
        '"""',
        "'''",
        "[[",
        "]]",
        "[[step]]\n",
        "[queue]\n",
        "\r\n",
        "\t",
        "\x00",
        "\x1b[2J",
        "é",
        "\ud7ff",
        "\ufeff",
        "😀",
    ],
    *["1e999", "-1", "0x", "nan", "inf", "true", "1979-05-27", "9" * 30, "1_0", "at = 1\n", "lag(", "not ", "'x'"],
]


def mutated(random: Random, texts: list[str]) -> bytes:
    """One of the texts, with up to eight pieces removed, doubled, swapped, replaced or repeated many times."""
    text = random.choice(texts)
    for _ in range(random.randint(1, 8)):
        start = random.randint(0, len(text))
        piece = text[start : start + random.choice([1, 5, 30, 200])]
        end = start + len(piece)
        match random.randrange(7):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:]
            case 2:
                text = text[:start] + random.choice(TOKENS) + text[end:]
            case 3:
                text = text[:start] + random.choice(TOKENS) * random.choice([1, 2, 50, 5_000]) + text[start:]
            case 4:
                text = text[:start] + piece * random.choice([2, 20, 1_000]) + text[start:]
            case 5:
                lines = text.splitlines(keepends=True)
                random.shuffle(lines)
                text = "".join(lines)
            case 6:
                other = random.choice(texts)
                text = text[:start] + other[random.randint(0, len(other)) :]
    content = bytearray(text.encode("utf-8", "replace"))
    if content and random.random() < 0.2:
        for _ in range(random.randint(1, 4)):
            content[random.randrange(len(content))] = random.randrange(256)
    return bytes(content)


def filled(pattern: str, end: str = "") -> str:
    """The pattern repeated up to the largest allowed size of a file."""
    return pattern * ((MEGABYTE - len(end) - 10) // len(pattern)) + end


COSTLY = {
    "a long header": '["' + filled(" ", 'b"]\n'),
    "a long key": '"' + filled("\\n", '" = 1\n'),
    "a key of many parts": filled("a.", "a = 1\n"),
    "a quoted key of many parts": filled('"\\"".', "a = 1\n"),
    "a header of many parts": "[" + filled("a.", "a]\n"),
    "a key of many parts inside": "x = {" + filled("a.", "a = 1}\n"),
    "many keys of many parts": "".join([f"a{n}.{'a.' * 40}a = 1\n" for n in range(10_000)]),
    "many unknown keys": "".join([f"key_{n} = 1\n" for n in range(70_000)]),
    "many names": "".join([f"[[step]]\nat = 1\nadd_consumer = 'c{n}'\n" for n in range(9_900)])
    + "".join([f"[[step]]\nat = 1\nstall = 'd{n}'\n" for n in range(100)]),
    "deep lists": "x = " + filled("["),
    "deep tables": "x = " + filled("{a = "),
    "many lists": "x = [" + filled("[], ", "]"),
    "many steps": "step = [" + filled("{}, ", "]"),
    "many tables": filled("[[a]]\n[a.b]\n"),
    "a long string": 'x = "' + filled("\\n", '"'),
    "a long text": 'x = """' + filled('""a', '"""'),
    "a long number": "seed = " + filled("9"),
    "a long hexadecimal number": "seed = 0x" + filled("f"),
    "an open string": '"' + filled("'\"#"),
    "a deep expression": "[[step]]\nat = 1\nexpect = '''" + filled("("),
    "comments": filled("#\n"),
    "white space": filled(" \t\n"),
}


def main(kind: str, count: int = 0, seed: int = 0) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    random = Random(seed)
    texts = [path.read_text("utf-8") for path in SEEDS]
    contents = (
        (text.encode() for text in COSTLY.values())
        if kind == "costly"
        else (mutated(random, texts) for _ in range(count))
    )
    read = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.toml"
        for content in contents:
            used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
            resource.setrlimit(resource.RLIMIT_CPU, (int(used) + PATIENCE, resource.RLIM_INFINITY))
            path.write_bytes(content)
            try:
                load(path)
            except ScenarioError as error:
                if not error.problems or not str(error).replace("\n", "").isprintable():
                    raise
            read += 1
    print(f"files read: {read}")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
