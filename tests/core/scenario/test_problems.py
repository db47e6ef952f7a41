"""All errors of a scenario file are reported at once, each with its place, and nothing else.

Each file in ``bad_scenarios`` begins with its expected errors as comments: ``#=`` marks errors that the JSON Schema
finds too, ``#!`` those that only the program can find (syntax, names, expressions, contradictions).
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from msgmux.documents.problems import dotted
from msgmux.scenario import Problem, ScenarioError, json_schema, load, parse, warnings
from msgmux_tui import scenarios
from support.fuzz_scenarios import COSTLY

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad_scenarios").glob("*.toml"))
GOOD = sorted((HERE.parents[2] / "tui" / "msgmux_tui" / "scenarios").glob("*.toml"))
SCHEMA = Draft202012Validator(json_schema())
TEXTS = [path.read_text("utf-8") for path in [*BAD, *GOOD]]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_problem_is_named_at_once(path: Path) -> None:
    expected = [line[3:] for line in path.read_text("utf-8").splitlines() if line.startswith(("#! ", "#= "))]
    assert expected
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert [str(problem).removeprefix(f"{path}:").lstrip() for problem in caught.value.problems] == expected
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_bundled_scenarios_have_none(path: Path) -> None:
    assert load(path).title


def test_the_json_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_the_json_schema_accepts_what_is_bundled(path: Path) -> None:
    assert SCHEMA.is_valid(tomllib.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_the_json_schema_rejects_what_a_schema_can_see_at_the_same_place(path: Path) -> None:
    text = path.read_text("utf-8")
    seen = [line for line in text.splitlines() if line.startswith("#= ")]
    if not seen:
        return
    places = {dotted(tuple(error.absolute_path)) for error in SCHEMA.iter_errors(tomllib.loads(text))}
    for line in seen:
        key = re.split(r"^#= (?:\d+: )?(?:(\S+): )?", line)[1]
        # At the key or at a table around it: the schema reports an unknown or missing key at its table.
        around = [key[: at.start()] for at in re.finditer(r"[.[]", key or "")]
        assert places & {key or "", *(around or [""])}, line


def test_what_only_the_program_can_see_is_little() -> None:
    """A bad file passes the schema only because of errors in syntax, names or expressions, or a contradiction."""
    blind = {path.stem for path in BAD if "\n#= " not in "\n" + path.read_text("utf-8")}
    assert blind == {"expression_kinds", "expressions", "late_expectation", "syntax", "twice", "unclosed"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfe", "bad.toml:1: is not UTF-8; save it as UTF-8 text"),
        (b'title = "a"\n\nx = "\x80"', "bad.toml:3: is not UTF-8; save it as UTF-8 text"),
        (b"\n" * 1_000_001, "bad.toml: is larger than 1,000,000 bytes; it should be a small file"),
        (b"x = " + b"[" * 5_000 + b"]" * 5_000, "bad.toml: is nested too deeply; three levels are all that it needs"),
        (b"seed = " + b"9" * 5_000, "bad.toml: has a number or a date that cannot be; write it shorter"),
        (b"seed = 2021-02-30", "bad.toml:1: is not TOML at column 8: invalid date or datetime"),
        (
            b"\nx = {" + b"a." * 60 + b"a = 1}",
            "bad.toml:2: has a key of more than 50 parts; four are all that it needs",
        ),
        (b"seed = nan\nstep = []", "bad.toml:1: seed: nan is not a whole number; write one from 0 to"),
        (b"duration = nan\nstep = []", "bad.toml:1: duration: nan is out of range; it can be 1ms to 24h"),
    ],
    ids=["binary", "not utf-8", "large", "deep", "digits", "date", "dotted", "nan", "nan duration"],
)
def test_what_is_no_scenario_at_all(
    content: bytes, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.toml").write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        load("bad.toml")
    assert str(caught.value).startswith(problem)


def test_of_very_many_problems_the_first_are_reported() -> None:
    problems = problems_of("".join([f"key_{n} = 1\n" for n in range(10_000)]))
    assert problems is not None
    assert len(problems) == 201
    assert str(problems[-1]) == "scenario: has more than 200 problems; mend these first"


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "marked.toml"
    path.write_bytes(b'\xef\xbb\xbf[[consumer]]\nname = "c"\n')
    assert load(path).consumers[0].name == "c"


def test_names_are_compared_as_they_are_read() -> None:
    assert problems_of('[[consumer]]\nname = "a  b"\n[[step]]\nat = 1\nstall = "a b"') is None
    twice = problems_of('[[consumer]]\nname = "a  b"\n[[consumer]]\nname = "a b"')
    assert twice is not None
    assert twice[0].text == "a consumer named 'a b' is there already; choose another name"


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(
        ScenarioError, match=r"^nowhere\.toml: cannot be read: No such file or directory; give the path"
    ):
        load("nowhere.toml")
    with pytest.raises(ScenarioError, match="is no path"):
        load("no\0where.toml")


def test_files_made_to_be_costly_are_refused_in_bounded_time_and_memory() -> None:
    assert fuzzed("costly") == len(COSTLY)


def test_500_files_mutated_at_random_give_no_traceback_hang_or_unbounded_memory() -> None:
    assert fuzzed("mutated", "500", "1") == 500


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_10000_files_mutated_at_random_give_no_traceback_hang_or_unbounded_memory(seed: int) -> None:
    assert fuzzed("mutated", "2000", str(100 + seed)) == 2000


def fuzzed(*arguments: str) -> int:
    """Run the bounded process; returns the number of files that it has read."""
    command = [sys.executable, str(HERE.parents[1] / "support/fuzz_scenarios.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{done.stdout[-500:]}\n{done.stderr[-2000:]}"
    return int(done.stdout.split()[-1])


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid or invalid file with a few pieces removed, doubled, swapped or replaced."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        piece = draw(
            st.one_of(
                st.just(""),
                st.just(text[start:end] * 2),
                st.sampled_from(['"', "'''", "[[", "]", "{", "}", "\n", "=", "#", "1e999", "-1", "true", "\x00", "é"]),
                st.text(max_size=5),
            )
        )
        text = text[:start] + piece + text[end:]
    return text


def problems_of(text: str) -> tuple[Problem, ...] | None:
    """The errors of ``text``, or None if it is a valid scenario. Any other exception fails the test."""
    try:
        parse(text)
    except ScenarioError as error:
        return error.problems
    return None


@given(mutated())
def test_a_mutated_file_gives_a_scenario_or_its_problems(text: str) -> None:
    problems = problems_of(text)
    assert problems is None or len(problems) > 0
    for problem in problems or ():
        assert problem.text
        assert str(problem).isprintable()
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + 1


VALUES = st.recursive(
    st.one_of(
        st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["5s", "40/s", "oldest", "p"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["name", "rate", "poisson", "at", "say", "set", "queue", "uniform", "producer", "expect"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join([f"{key} = {toml(inner)}" for key, inner in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join([toml(inner) for inner in value]) + "]"
    if isinstance(value, str):
        return '"' + "".join([f"\\U{ord(character):08x}" for character in value]) + '"'
    return str(value).lower()


@given(
    st.dictionaries(
        st.sampled_from(["title", "duration", "queue", "producer", "consumer", "step", "stepp"]), VALUES, max_size=4
    )
)
def test_any_value_at_any_key_gives_a_scenario_or_its_problems(content: dict[str, object]) -> None:
    problems = problems_of("\n".join([f"{key} = {toml(value)}" for key, value in content.items()]))
    assert problems is None or len(problems) > 0


@given(mutated())
def test_the_json_schema_accepts_every_scenario(text: str) -> None:
    if problems_of(text) is None:
        assert SCHEMA.is_valid(tomllib.loads(text))


# Warnings: what is valid, and never happens


@pytest.mark.parametrize(
    ("steps", "where", "words"),
    [
        ('[[step]]\nat = 12\nsay = "late"', 9, "never happens in a run, which ends at 10 s: it is due at 12 s"),
        ('[[step]]\nat = 4\nstop = true\n[[step]]\nat = 5\nsay = "late"', 12, "a step stops the scenario at 4 s"),
        (
            '[[step]]\nat = 2\nstall = "late"\n[[step]]\nat = 3\nadd_consumer = "late"',
            9,
            "does nothing at 2 s: consumer 'late' is added only at 3 s",
        ),
        (
            '[[step]]\nat = 2\nremove_producer = "p"\n[[step]]\nat = 3\nburst = "p"',
            12,
            "does nothing at 3 s: producer 'p' was removed at 2 s",
        ),
        ('[[step]]\nat = 2\nadd_consumer = "c"', 9, "consumer 'c' is there already at 2 s, so it is not added"),
    ],
)
def test_a_step_that_can_never_happen_is_warned_of_with_its_line(steps: str, where: int, words: str) -> None:
    head = 'duration = "10s"\n[[producer]]\nname = "p"\n\n[[consumer]]\nname = "c"\n\n\n'
    (problem,) = warnings(parse(head + steps, "mine.toml"))
    assert problem.line == where
    assert words in problem.text


def test_what_can_happen_is_not_warned_of() -> None:
    steps = """
        [[step]]
        every = "2s"
        burst = "later"
        [[step]]
        at = 3
        add_producer = "later"
        [[step]]
        at = 5
        remove_producer = "later"
        [[step]]
        at = 6
        add_producer = "later"
        stop = true
    """
    assert warnings(parse('duration = "10s"\n' + steps)) == []


def test_the_bundled_scenarios_have_no_step_that_never_happens() -> None:
    for name in scenarios.names():
        assert warnings(scenarios.read(name)) == [], name
