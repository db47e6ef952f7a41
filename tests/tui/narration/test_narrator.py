"""The narrator and the printed trace: plain sentences, fixed columns, the same output for the same events."""

from typing import Any, get_args

import pytest

from msgmux import events as ev
from msgmux.commands import Stall
from msgmux.pacing import Constant, Fixed, Sending
from msgmux.scenario import perform
from msgmux_tui import scenarios
from msgmux_tui.narration.narrator import Narrator
from msgmux_tui.narration.trace import MOST_COLUMNS, Trace
from msgmux_tui.theme.glyphs import ASCII, UNICODE, Glyphs
from support.made_up import nodes_of_one, state


def narrator() -> Narrator:
    """A narrator that knows P1 orders, C1 audit, C2 billing and others, after event 412, with #41 as the head."""
    return Narrator(state(nodes_of_one(41, 60, 10.0), {"audit": (0, 0), "billing": (3, 0)}))


def told(kind: type[ev.Event], *fields: object) -> str:
    sentence = narrator()(kind(413, 1.5, *fields))
    assert sentence is not None
    return sentence.words


CASES = [
    ((ev.ProducerRegistered, "late", 9, "P4", 8), "P4 late joins, with room for 8 in its channel"),
    ((ev.ProducerRegistered, "P4", 9, "P4", 8), "P4 joins, with room for 8 in its channel"),
    ((ev.ConsumerRegistered, "late", 9, "C3", 8, 40), "C3 late joins, to get all from #41 on"),
    ((ev.ProducerUnregistered, "orders", 1, 1234), "P1 orders leaves; it has put 1,234"),
    ((ev.ConsumerUnregistered, "billing", 2, 57), "C2 billing leaves; its cursor stood at #57"),
    ((ev.Put, "orders", 1, 61, 1, 25, 8, "order 24"), 'P1 orders puts 61: "order 24"'),
    ((ev.Put, "orders", 1, 61, 4, 25, 32, "order 24"), 'P1 orders puts 61–64, the first: "order 24"'),
    ((ev.Delivered, "billing", 2, 41, 44), "C2 billing gets 41–44"),
    ((ev.Delivered, "billing", 2, 41, 41), "C2 billing gets 41"),
    ((ev.Skipped, "billing", 2, 1, 12), "C2 billing misses 1–12: evicted before it had them"),
    ((ev.Evicted, 41, 52, 12, 4.5, "expired"), "cleaner evicts 41–52 (consumed and expired)"),
    ((ev.Evicted, 41, 41, 1, 0.5, "limit"), "queue evicts 41 (consumed, at the limit)"),
    ((ev.CleanerPass, 0, "consumer", ("billing",), 0.0, 2.0), "cleaner stops at #41: C2 billing has not had it"),
    (
        (ev.CleanerPass, 0, "consumer", ("audit", "billing"), 0.0, 2.0),
        "cleaner stops at #41: C1 audit and C2 billing have not had it",
    ),
    (
        (ev.CleanerPass, 0, "consumer", ("a", "b", "c", "d"), 0.0, 2.0),
        "cleaner stops at #41: 4 consumers have not had it",
    ),
    ((ev.CleanerPass, 0, "age", (), 1.2, 2.0), "cleaner stops at #41: it stays 1.2 s more"),
    ((ev.CleanerPass, 0, "age", (), 0.0, 2.0), "cleaner stops at #41: its time is up just now"),
    ((ev.CleanerPass, 0, "kept", (), None, 2.0), "cleaner lets all stay: there is no retention time"),
    ((ev.CleanerPass, 0, "empty", (), None, 2.0), "cleaner finds the list empty"),
    ((ev.SettingsChanged, 2.0, 1.0, 48, "block", 2.0), "queue keeps messages at least 2s"),
    (
        (ev.SettingsChanged, None, 0.5, None, "reject", 2.0),
        'queue keeps messages for good, cleans every 500ms, has no bound, goes by "reject" at its bound',
    ),
    ((ev.SettingsChanged, 4.0, 1.0, 48, "block", 2.0), "queue stays as it was set"),
    ((ev.Blocked, "orders", 1), "P1 orders is blocked: its channel is full"),
    ((ev.Unblocked, "orders", 1), "P1 orders goes on"),
    ((ev.Stalled, "billing", 2), "C2 billing stops reading"),
    ((ev.Resumed, "billing", 2), "C2 billing reads again"),
    ((ev.Failed, "consumer", "billing", "WorkloadCrash"), "C2 billing has died of WorkloadCrash"),
    ((ev.Failed, "queue", "cleaner", "OSError"), "the thread cleaner has died of OSError"),
    ((ev.Paced, "producer", "orders", 1, Sending(Constant(3.0))), "P1 orders sends 3/s"),
    ((ev.Paced, "producer", "orders", 1, Sending(Constant(3.0), done=True)), "P1 orders has sent all"),
    ((ev.Paced, "consumer", "billing", 2, Fixed(0.1)), "C2 billing needs 100ms for a message"),
    ((ev.Paced, "consumer", "billing", 2, Fixed(0.0)), "C2 billing needs no time for a message"),
    ((ev.Commanded, Stall("billing"), True, "C2 billing stops reading"), "you: C2 billing stops reading"),
    ((ev.Commanded, Stall("no"), False, "no such one", "ann"), "ann: refused: no such one"),
    ((ev.QueueClosed, True), "queue closes, all delivered"),
    ((ev.QueueClosed, False), "queue closes"),
    ((ev.Note, "Watch the head.", "say"), "Watch the head."),
    ((ev.Note, "here", "marker"), "marker: here"),
    ((ev.Expected, "length() < 5", True), "as expected: length() < 5"),
    ((ev.Expected, "length() < 5", False), "NOT as expected: length() < 5"),
    ((ev.Violation, "lost", "#5 of P1"), "VIOLATED: lost: #5 of P1"),
]


@pytest.mark.parametrize(("event", "words"), CASES)
def test_every_event_is_one_plain_sentence(event: tuple[Any, ...], words: str) -> None:
    assert told(*event) == words


def test_every_kind_of_event_but_the_samples_has_words() -> None:
    assert set(get_args(ev.AnyEvent)) - {event[0] for event, _ in CASES} == {ev.Levels}
    assert narrator()(ev.Levels(413, 1.5, {"orders": 2}, {})) is None


def test_a_sentence_says_who_when_and_which_event() -> None:
    sentence = narrator()(ev.Stalled(413, 1.5, "billing", 2))
    assert (sentence.time, sentence.actor_tag, sentence.role, sentence.kind, sentence.event_number) == (
        1.5,
        "C2",
        "consumer",
        "stalled",
        413,
    )


def test_the_head_follows_what_is_evicted() -> None:
    tell = narrator()
    tell(ev.Evicted(413, 1.5, 41, 52, 12, 4.5, "expired"))
    assert tell(ev.CleanerPass(414, 1.5, 12, "age", (), 0.4, 2.0)).text == "cleaner stops at #53: it stays 0.4 s more"


def test_after_missed_events_nothing_is_claimed_that_may_be_wrong() -> None:
    tell = narrator()
    assert (
        tell(ev.CleanerPass(500, 9.0, 0, "age", (), 0.4, 2.0)).text == "cleaner stops at the head: it stays 0.4 s more"
    )
    tell.learn(state(nodes_of_one(80, 90, 10.0), {}, event=600))
    assert tell(ev.CleanerPass(601, 9.0, 0, "age", (), 0.4, 2.0)).text == "cleaner stops at #80: it stays 0.4 s more"


def test_an_actor_without_a_known_tag_is_named() -> None:
    assert Narrator()(ev.Stalled(1, 0.0, "billing", 2)).words == "billing stops reading"


# The trace


def trace_of(name: str, glyphs: Glyphs = UNICODE) -> list[str]:
    """The trace of a bundled scenario."""
    tell, trace, lines = Narrator(), Trace(6, glyphs), []

    def hear(event: ev.Event) -> None:
        line = trace.line(event, tell(event))
        if line is not None:
            lines.append(line)

    perform(scenarios.read(name), on_start=tell.learn, on_event=hear)
    return lines


def test_the_trace_is_the_same_each_time() -> None:
    assert trace_of("sample") == trace_of("sample")


def test_each_actor_has_a_column_of_its_own_and_sentences_begin_in_one() -> None:
    lines = trace_of("sample")
    marks: dict[str, set[int]] = {}
    for line in lines:
        mark = line[9:38].strip()
        if mark:
            marks.setdefault(mark, set()).add(line.index(mark))
        assert line[38] != " "
    assert set(marks) == {"Q", "P1", "P2", "P3", "C1", "C2", "C3"}
    columns = [columns for columns in marks.values() for _ in columns]
    assert len(columns) == len(marks), "each stands in one column"
    assert len({column for columns in marks.values() for column in columns}) == len(marks), "and in no other's"


def test_the_trace_can_be_plain_ascii() -> None:
    assert all(line.isascii() and line.isprintable() for line in trace_of("default", ASCII))
    assert any("gets 1-2" in line for line in trace_of("default", ASCII))


def test_words_from_outside_cannot_write_on_the_terminal() -> None:
    event = ev.Note(1, 0.0, "red \x1b[31m alert\nand another line", "say")
    line = Trace(1, UNICODE).line(event, Narrator()(event))
    assert line is not None
    assert line.isprintable()


def test_a_column_is_free_again_when_its_actor_has_left() -> None:
    tell, trace = Narrator(), Trace(2, UNICODE)

    def column(event: ev.ConsumerRegistered) -> int:
        return trace.line(event, tell(event)).index(event.tag)

    first = column(ev.ConsumerRegistered(1, 0.0, "a", 1, "C1", 8, 0))
    second = column(ev.ConsumerRegistered(2, 0.0, "b", 2, "C2", 8, 0))
    gone = ev.ConsumerUnregistered(3, 0.0, "a", 1, 0)
    trace.line(gone, tell(gone))
    assert column(ev.ConsumerRegistered(4, 0.0, "c", 3, "C3", 8, 0)) == first
    assert column(ev.ConsumerRegistered(5, 0.0, "d", 4, "C4", 8, 0)) == second, "too many share the last one"


def test_many_actors_do_not_push_the_sentences_off_the_screen() -> None:
    tell, trace = Narrator(), Trace(1000, UNICODE)
    event = ev.ConsumerRegistered(1, 0.0, "a", 1, "C1", 8, 0)
    assert trace.line(event, tell(event)).rindex("C1 a joins") == 9 + 2 + 2 + 4 * MOST_COLUMNS + 1


def test_times_count_from_the_first_event() -> None:
    tell, trace = Narrator(), Trace(1, UNICODE)
    times = []
    for number, time in enumerate((50_000.25, 50_001.5), 1):
        event = ev.Note(number, time, "x", "say")
        times.append(trace.line(event, tell(event)).split()[0])
    assert times == ["0.000", "1.250"]
