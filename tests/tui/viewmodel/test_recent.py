"""The trail: rates, folded lines, evicted messages and passes; its size is bounded and its cost small."""

from dataclasses import dataclass
from itertools import count

import pytest
from msgspec.structs import replace

from msgmux import events as ev
from msgmux.commands import Role
from msgmux.rates import BARS, Meter
from msgmux.state import Fold, QueueState
from msgmux_tui.narration.feed import KEPT, Feed
from msgmux_tui.narration.pieces import Tags, pieces
from msgmux_tui.viewmodel.recent import GHOSTS, MANY, Trail
from msgmux_tui.viewmodel.view import View
from support.counting import calls_of
from support.made_up import state


@dataclass(frozen=True)
class Sentence:
    time: float
    actor_tag: str
    role: Role
    text: str
    kind: str
    event_number: int


def narrate(event: ev.Event) -> Sentence:
    return Sentence(event.time, "", "queue", event.kind, event.kind, event.number)


def start() -> QueueState:
    return state((), {"audit": (0, 0), "billing": (0, 0)}, event=0)


class Session:
    """Feeds a trail with events, as a screen does, under a clock that the test sets."""

    def __init__(self) -> None:
        self.fold = Fold(start())
        self.trail = Trail(narrate, start(), 0.0)
        self.numbers = count(1)
        self.seqs = count(1)
        self.now = 0.0

    def event(self, kind: type[ev.Event], *fields: object) -> ev.Event:
        return kind(next(self.numbers), self.now, *fields)

    def put(self, producer: str = "orders", n: int = 1) -> ev.Event:
        seq = next(self.seqs)
        for _ in range(n - 1):
            next(self.seqs)
        return self.event(ev.Put, producer, 1, seq, n, seq, 4, "x")

    def got(self, consumer: str, first: int, last: int) -> ev.Event:
        return self.event(ev.Delivered, consumer, 1, first, last)

    def frame(self, *events: ev.Event, after: float = 0.05, speed: float = 1.0) -> None:
        self.now += after
        self.fold.apply_all(events)
        self.trail.take(events, self.fold.state(), self.now, speed)

    @property
    def view(self) -> View:
        return self.trail.fill(View(self.fold.state(), self.now))

    @property
    def told(self) -> list[str]:
        return [" ".join([*line.actors, line.text]) for line in self.view.lines]


def test_equal_neighbours_are_told_in_one_line() -> None:
    session = Session()
    session.frame(session.put())
    session.frame(session.got("audit", 1, 1), session.got("billing", 1, 1))
    assert session.told == ["P1 put 1", "C1 C2 got 1"]


def test_what_follows_on_is_written_into_the_same_line() -> None:
    session = Session()
    session.frame(session.put(), session.put(), session.put())
    session.frame(session.got("audit", 1, 2), session.got("audit", 3, 3))
    assert session.told == ["P1 put 1–3", "C1 got 1–3"]


def test_there_are_at_most_four_new_lines_a_second() -> None:
    session = Session()
    for _ in range(200):  # ten seconds of 20 messages a second
        put = session.put()
        session.frame(put, session.got("audit", put.seq, put.seq), session.got("billing", put.seq, put.seq))  # type: ignore[attr-defined]
    assert 20 <= len(session.told) <= 44


def test_at_a_higher_speed_there_are_as_many_in_the_readers_time() -> None:
    session = Session()
    for _ in range(40):  # 2 wall-clock seconds, 20 session seconds
        session.frame(session.put("orders"), session.put("clicks"), after=0.5, speed=10.0)
    assert len(session.told) <= 4 + 2 * 4


def test_what_is_folded_stays_true() -> None:
    session = Session()
    for _ in range(100):
        put = session.put(n=2)
        first = put.seq  # type: ignore[attr-defined]
        events = [put, session.got("audit", first, first + 1)]
        if first % 3 == 0:
            events.append(session.got("billing", first, first))
        session.frame(*events, after=0.01)
    total = 0
    for line in session.view.lines:
        if line.kind == "put":
            span = [int(n) for n in line.text.removeprefix("put ").split("–")]
            total += span[-1] - span[0] + 1
    assert total == 200


def test_no_line_about_a_delivery_stands_above_that_of_its_put() -> None:
    session = Session()
    for n in range(60):
        put = session.put()
        events = [put, session.got("audit", put.seq, put.seq)]  # type: ignore[attr-defined]
        session.frame(*events, *([session.event(ev.Stalled, "billing", 1)] if n % 7 == 0 else []))
    put_so_far = 0
    for line in session.view.lines:
        last = int(line.text.split("–")[-1].split(" ")[-1]) if line.kind in ("put", "delivered") else 0
        put_so_far = max(put_so_far, last) if line.kind == "put" else put_so_far
        assert line.kind != "delivered" or last <= put_so_far


def test_who_got_something_else_is_named_in_the_same_line() -> None:
    session = Session()
    session.frame(session.put(n=40))
    for n in range(1, 5):
        session.frame(session.got("billing", n, n), session.got("audit", 36 + n, 36 + n), after=0.01)
    assert session.told[-1] == "C2 got 2–4, C1 38–40"


def test_evictions_are_reported_with_their_reason() -> None:
    session = Session()
    session.frame(session.put(n=4))
    session.frame(session.event(ev.Evicted, 1, 2, 0, 4.0, "expired"))
    assert session.told[-1] == "evicted 1–2: consumed and expired"


def test_a_pass_that_ends_like_the_one_before_is_not_told_again() -> None:
    session = Session()
    for _ in range(5):
        session.frame(session.event(ev.CleanerPass, 0, "empty", (), None, 1.0), after=1.0)
    assert session.told == ["cleaner_pass"]
    assert len(session.view.passes) == 5


def test_a_flood_of_blocking_is_one_line_for_each_producer() -> None:
    session = Session()
    for _ in range(300):
        session.frame(session.event(ev.Blocked, "orders", 1), session.event(ev.Unblocked, "orders", 1), after=0.001)
    assert len(session.told) <= 8


def test_lines_are_bounded() -> None:
    lines = Feed()
    for n in range(5 * KEPT):
        lines.take(pieces([ev.Note(n + 1, float(n), "words", "marker")], Tags({}, {}), narrate))
        lines.advance(0.1)
    assert len(lines.lines()) == KEPT
    assert lines.lines()[-1].event == 5 * KEPT


def test_ghosts_know_whose_messages_went() -> None:
    session = Session()
    session.frame(session.put("orders"), session.put("clicks"))
    session.frame(session.event(ev.Evicted, 1, 2, 2, 4.0, "limit"))
    assert [(ghost.seq, ghost.tag, ghost.reason) for ghost in session.view.ghosts] == [
        (1, "P1", "limit"),
        (2, "P2", "limit"),
    ]


def test_a_message_that_came_and_went_within_a_frame_has_a_ghost_too() -> None:
    session = Session()
    session.frame(session.put("alerts"), session.event(ev.Evicted, 1, 1, 1, 0.0, "overflow"))
    assert [(ghost.seq, ghost.tag) for ghost in session.view.ghosts] == [(1, "P3")]


def test_ghosts_have_their_tags_however_many_events_a_frame_brings() -> None:
    session = Session()
    puts = [session.put("alerts") for _ in range(2 * MANY)]
    session.frame(*puts, session.event(ev.Evicted, 1, 2 * MANY, 2 * MANY, 0.0, "overflow"))
    last = range(2 * MANY - GHOSTS + 1, 2 * MANY + 1)
    assert [(ghost.seq, ghost.tag) for ghost in session.view.ghosts] == [(seq, "P3") for seq in last]


def test_the_rate_now_is_that_of_the_last_two_seconds() -> None:
    session = Session()
    for n in range(200):
        session.frame(*([session.put()] if n % 4 == 0 else []))
    rate = session.view.producer_rates["orders"]
    assert rate.now == pytest.approx(5.0, abs=0.6), "one message more or less, at the border"
    assert rate.average == pytest.approx(5.0, rel=0.1)
    assert sum(rate.history) * 0.5 == pytest.approx(50, abs=3)
    for _ in range(60):
        session.frame()
    assert session.view.producer_rates["orders"].now == 0.0


def test_a_long_frame_is_spread_over_its_half_seconds() -> None:
    meter = Meter(1, 0, 0.0)
    meter.take(100, 5.0)
    assert meter.rate().history == pytest.approx((20.0,) * 10)


def test_a_meter_keeps_so_many_bars_and_survives_a_long_gap() -> None:
    meter = Meter(1, 0, 0.0)
    meter.take(10, 1.0)
    meter.take(20, 10_000.0)
    assert len(meter.rate().history) == BARS
    assert sum(meter.rate().history) * 0.5 == pytest.approx(10 * BARS * 0.5 / 9_999, rel=0.05)


def test_a_new_registration_under_an_old_name_starts_anew() -> None:
    session = Session()
    session.frame(session.put(n=50))
    made = session.fold.state()
    again = replace(made.producers["orders"], id=7, put=0)
    session.trail.resync(replace(made, producers={**made.producers, "orders": again}), 1.0)
    assert session.view.producer_rates["orders"].average == 0.0


def test_after_a_gap_the_rates_go_on_and_lines_are_not_mended() -> None:
    session = Session()
    session.frame(session.put())
    made = session.fold.state()
    orders = replace(made.producers["orders"], put=made.producers["orders"].put + 100)
    session.trail.resync(replace(made, tail_seq=101, producers={**made.producers, "orders": orders}), 10.0)
    assert session.view.producer_rates["orders"].average == pytest.approx(10.0)
    session.frame(session.event(ev.Put, "orders", 1, 102, 1, 102, 1, "x"), after=10.0)
    assert session.told == ["P1 put 1", "P1 put 102"]


def test_going_back_in_time_forgets_what_has_not_happened_yet() -> None:
    session = Session()
    session.frame(session.put(), after=5.0)
    session.trail.resync(start(), 1.0)
    assert session.view.lines == ()


def test_the_scenarios_words_and_failed_expectations_are_kept_for_the_caption() -> None:
    session = Session()
    session.now = 3.0
    session.frame(session.event(ev.Note, "Watch.", "say"), session.event(ev.Expected, "length() < 4", False))
    assert (session.view.say, session.view.said_at) == ("Watch.", 3.0)
    assert "length() < 4" in session.view.alarm
    session.frame(after=11.0)
    assert session.view.alarm == ""


def test_a_crowded_frame_takes_a_handful_of_calls_for_each_of_its_events() -> None:
    session = Session()
    calls = []
    for _ in range(3):
        events: list[ev.Event] = []
        for _ in range(500):
            put = session.put(("orders", "clicks", "alerts")[len(events) % 3])
            seq = put.seq  # type: ignore[attr-defined]
            events += [put, session.got("audit", seq, seq), session.got("billing", seq, seq)]
            events.append(session.event(ev.Evicted, seq, seq, 1, 1.0, "expired"))
        session.fold.apply_all(events)
        made = session.fold.state()
        session.now += 0.05

        def frame(events: list[ev.Event] = events, made: QueueState = made) -> None:
            session.trail.take(events, made, session.now)
            session.trail.fill(View(made, session.now))

        calls.append(calls_of(frame) / len(events))
    assert max(calls) < 9


def test_in_a_crowded_frame_too_a_rare_event_is_told_after_what_came_before_it() -> None:
    session = Session()
    events = [session.put("orders" if n % 2 else "clicks") for n in range(60)]
    events.append(session.event(ev.Stalled, "billing", 2))
    events += [session.put("orders" if n % 2 else "clicks") for n in range(60)]
    session.frame(*events)
    assert session.told == ["P2 P1 put 1–60", "stalled", "P2 P1 put 61–120"]
