"""``expect rate()``, the pane and the export show the same number."""

from pathlib import Path

import pytest

from msgmux.recording import Header, RecordedTimeline, RecordingWriter
from msgmux.runtime import VirtualRuntime
from msgmux.scenario import Director
from msgmux.scenario.expect.judge import Judge
from msgmux_tui.export.series import series
from msgmux_tui.session import ReplaySession
from msgmux_tui.viewmodel.watching import Watching
from support.sessions import EVENTFUL, HandClock


@pytest.mark.parametrize("moment", [0.7, 2.0, 3.3, 7.77])
def test_an_expectation_the_pane_and_the_export_agree(tmp_path: Path, moment: float) -> None:
    path = tmp_path / "x.jsonl"
    with VirtualRuntime() as runtime:
        director = Director(EVENTFUL, runtime)
        judge = Judge(director.queue)
        events = director.queue.subscribe()
        start = events.start
        judge.measure()
        director.start()
        while runtime.now() < moment:
            # Like the director, which runs in steps of its own.
            runtime.run(until=min(moment, runtime.now() + 0.31))
            runtime.spawn(judge.measure, "judge")
            runtime.run(until=runtime.now())
        assert judge.rates is not None
        state = director.queue.snapshot()
        expected = {name: judge.rates.now_of(producer.id) for name, producer in state.producers.items()}
        with RecordingWriter(path, Header(start, "x", EVENTFUL.source, 0, "virtual")) as writer:
            for event in events.drain():
                writer.event(event)
    clock = HandClock()
    with RecordedTimeline(path) as timeline:
        watching = Watching(ReplaySession(timeline, clock=clock))
        watching.poll()
        while watching.frame.now < min(moment, timeline.end) - 1e-9:
            clock.now += min(0.05, moment - watching.frame.now)
            watching.poll()
        shown = {name: rate.now for name, rate in watching.trail.rates.producers().items()}
        exported = {
            name: column[-1] for name, column in series(timeline, [moment / 2, watching.frame.now]).rates.items()
        }
        assert exported == pytest.approx(shown)
        # The recording ends with its last event, which may be earlier than the moment.
        if timeline.end == pytest.approx(moment):
            assert shown == pytest.approx(expected)
    assert any(expected.values())
