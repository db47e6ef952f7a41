"""Two timelines side by side."""

from msgmux.commands import Stall
from msgmux_tui.session import ExactSession
from msgmux_tui.viewmodel.comparing import FURTHEST, compare, parting
from support.sessions import SMALL, HandClock


def run(seconds: float, *, stalls_at: float | None = None) -> ExactSession:
    clock = HandClock()
    session = ExactSession(SMALL, clock=clock)
    for n in range(round(seconds * 20)):
        clock.now = (n + 1) / 20
        session.poll()
        if stalls_at is not None and clock.now == stalls_at:
            session.command(Stall("billing"))
    return session


def test_equal_runs_do_not_part_and_nothing_differs() -> None:
    found = compare(run(3.0).timeline, run(4.0).timeline)
    assert not found.parting.parted
    assert found.time == 3.0
    assert not [line for line in found.lines if line.differs]


def test_they_part_at_the_first_event_that_differs_and_the_lines_that_differ_are_told() -> None:
    one, other = run(4.0).timeline, run(4.0, stalls_at=2.0).timeline
    found = parting(one, other)
    assert found.parted
    assert one.events_between(0, found.event) == other.events_between(0, found.event)
    assert one.events_between(found.event, found.event + 1) != other.events_between(found.event, found.event + 1)
    assert "C2 billing stops reading" in found.second
    assert [line.what for line in compare(one, other).lines if line.differs] == ["C2 billing"]


def test_a_fork_at_the_very_end_of_the_other_has_not_parted_from_it() -> None:
    one = run(2.0).timeline
    assert not parting(one, one).parted
    assert parting(one, one).event == one.last
    assert one.last < FURTHEST
