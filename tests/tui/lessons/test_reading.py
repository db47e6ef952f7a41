"""All errors of a lesson file are reported at once, each with its place. As for scenarios, each file in ``bad_lessons``
begins with its expected errors as comments; ``#=`` marks those that the JSON Schema finds too.
"""

import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from msgmux.documents.problems import dotted
from msgmux.scenario import parse
from msgmux_tui import lessons
from msgmux_tui.cli import program
from msgmux_tui.lessons.model import Forecast, Move, Until
from msgmux_tui.lessons.reading import as_toml, parse_lesson

BAD = sorted((Path(__file__).parent / "bad_lessons").glob("*.toml"))
SCHEMA = Draft202012Validator(lessons.lesson_schema())


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_problem_is_named_at_once_with_file_line_and_key(path: Path) -> None:
    expected = [line[3:] for line in path.read_text("utf-8").splitlines() if line.startswith(("#! ", "#= "))]
    assert expected
    with pytest.raises(lessons.LessonError) as caught:
        lessons.open_lesson(str(path))
    assert [str(problem).removeprefix(f"{path}:").lstrip() for problem in caught.value.problems] == expected


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_the_schema_sees_what_a_schema_can_see_at_the_same_place(path: Path) -> None:
    text = path.read_text("utf-8")
    places = {dotted(tuple(error.absolute_path)) for error in SCHEMA.iter_errors(tomllib.loads(text))}
    for line in [line for line in text.splitlines() if line.startswith("#= ")]:
        where = line.split(": ")[1]
        assert any([where == place or where.startswith((f"{place}.", f"{place}[")) or not place for place in places])


@pytest.mark.parametrize("name", lessons.ORDER)
def test_the_schema_accepts_what_is_bundled(name: str) -> None:
    text = resources.files(lessons).joinpath(f"{name}.toml").read_text("utf-8")
    assert [error.message for error in SCHEMA.iter_errors(tomllib.loads(text))] == []


def test_the_template_is_a_lesson_with_every_key_explained(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(lessons.template(), "utf-8")
    lesson = lessons.open_lesson(str(path))
    assert lesson.name == "mine"
    keys = [*SCHEMA.schema["properties"], *SCHEMA.schema["properties"]["card"]["items"]["properties"]]
    assert [key for key in keys if key not in lessons.template()] == []


def test_a_scenario_may_stand_in_the_lesson_and_has_a_text_of_its_own() -> None:
    lesson = lessons.read("cursor")
    assert lesson.scenario is not None
    again = parse(lesson.scenario.source, "cursor.toml")
    assert (again.producers, again.consumers, again.queue) == (
        lesson.scenario.producers,
        lesson.scenario.consumers,
        lesson.scenario.queue,
    )


def test_a_scenario_may_stand_beside_the_lesson(tmp_path: Path) -> None:
    (tmp_path / "world.toml").write_text('[[producer]]\nname = "orders"\nmessages = 3\n', "utf-8")
    head = 'title = "T"\nlearn = "L"\nscenario = "world.toml"\ngoal = { keep = "lost" }\n'
    path = tmp_path / "mine.toml"
    path.write_text(head + "[[card]]\nwait = \"put('orders') == 3\"\n", "utf-8")
    assert lessons.open_lesson(str(path)).scenario.producers[0].name == "orders"
    path.write_text(head + "[[card]]\nwait = \"put('order') == 3\"\n", "utf-8")
    with pytest.raises(lessons.LessonError, match=r"mine\.toml:6: card\[0\]\.wait: no producer .* did you mean"):
        lessons.open_lesson(str(path))
    path.write_text(head.replace("world", "word") + '[[card]]\ntext = "T"\n', "utf-8")
    with pytest.raises(lessons.LessonError, match=r"word\.toml: cannot be read"):
        lessons.open_lesson(str(path))


def test_what_a_card_can_say_is_read() -> None:
    lesson = lessons.read("lag")
    assert lesson.cards[1].pause
    assert isinstance(lesson.cards[1].ask.run, Forecast)
    assert (lesson.cards[2].press, lesson.cards[2].who) == ("cast.quicken", "billing")
    assert lessons.read("retention").cards[1].press == lessons.read("cursor").cards[2].press == "consumer.stall"
    assert len(lessons.read("lost-wakeup").cards[0].text) == 2
    assert lessons.read("lost-wakeup").solution[2:4] == (
        Move("cleaner"),
        Move("C1", until=Until("acquire", "C1.channel")),
    )


def test_a_key_may_stand_for_its_action() -> None:
    text = lessons.template()
    assert 'press = "s"' in text
    assert parse_lesson(text).cards[1].press == "consumer.stall"


@pytest.mark.parametrize(
    "tables",
    [
        {"title": 'with "quotes", a \\ and ümläuts', "duration": "3s", "seed": 7},
        {"queue": {"retention": 2.5, "max_messages": 40}, "step": [{"at": 1, "stop": True}]},
        {"producer": [{"name": "a b", "rate": {"bursts": 3, "every": "2s"}}, {"name": "c\td\u0001"}]},
    ],
)
def test_tables_are_written_as_they_are_read(tables: dict[str, Any]) -> None:
    assert tomllib.loads(as_toml(tables)) == tables


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, list(arguments))


def test_validate_and_schema_cover_lessons_too() -> None:
    mixed = run("validate", str(BAD[0]), "tui/msgmux_tui/lessons/lag.toml", "tui/msgmux_tui/scenarios/sample.toml")
    assert mixed.exit_code == 2
    assert mixed.stdout.count(": fine\n") == 2
    assert f"{BAD[0]}:" in mixed.stderr
    assert json.loads(run("schema", "lesson").stdout)["title"] == "msgmux lesson"
    assert json.loads(run("schema").stdout)["title"] == "msgmux scenario"


def test_an_unknown_lesson_is_refused_with_the_near_miss() -> None:
    with pytest.raises(lessons.LessonError, match='curser: is no bundled lesson; did you mean "cursor"'):
        lessons.open_lesson("curser")


PLAIN = 'title = "x"\nlearn = "y"\n{shown}goal = {{ keep = "reordered" }}\n[[card]]\ntitle = "t"\ntext = "u"\n'


@pytest.mark.parametrize("value", ["2024-01-01", "12:30:00", "2024-01-01T12:30:00Z", "inf", "nan", "1e400"])
def test_a_value_that_json_does_not_have_is_refused_as_any_other(value: str) -> None:
    text = PLAIN.format(shown="") + f'[scenario]\ntitle = "x"\nduration = "1s"\nseed = {value}\n'
    with pytest.raises(lessons.LessonError, match=r"lesson:\d+: scenario\.seed"):
        parse_lesson(text)


def test_a_lesson_needs_something_to_show() -> None:
    parse_lesson(PLAIN.format(shown='variant = "lost-wakeup"\n'))
    with pytest.raises(lessons.LessonError, match='write a "scenario", or a "variant"'):
        parse_lesson(PLAIN.format(shown=""))
