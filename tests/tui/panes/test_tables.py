"""The contents of the panes of consumers, producers, cleaner and events, of the header and of the caption."""

import pytest
from msgspec.structs import replace

from msgmux.commands import Selection
from msgmux.pacing import Constant, Sending
from msgmux.settings import Settings
from msgmux_tui.narration.records import Line
from msgmux_tui.panes import caption, cleaner, consumers, events, header, producers
from msgmux_tui.session.records import Check
from msgmux_tui.theme.glyphs import ASCII, UNICODE
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import gauge, plain, spark
from support.made_up import crowd, empty, nodes_of_one, second_ten, state, view


def text(pane: object, made: View, width: int = 38, height: int = 5) -> str:
    return plain(pane.draw(made, width, height, UNICODE).rows)  # type: ignore[attr-defined]


def with_consumer(made: View, name: str, **more: object) -> View:
    changed = {**made.state.consumers, name: replace(made.state.consumers[name], **more)}
    return replace(made, state=replace(made.state, consumers=changed))


def with_producer(made: View, name: str, **more: object) -> View:
    changed = {**made.state.producers, name: replace(made.state.producers[name], **more)}
    return replace(made, state=replace(made.state, producers=changed))


class TestConsumers:
    def test_a_row_has_tag_name_backlog_channel_and_state(self) -> None:
        billing = text(consumers, second_ten()).splitlines()[2]
        assert billing.split() == ["▸C2", "billing", "18+2", "■■", "2/2", "‖", "stalled"]

    def test_rate_and_cursor_come_with_width(self) -> None:
        assert "cursor" not in text(consumers, second_ten(), 38)
        assert text(consumers, second_ten(), 56).splitlines()[2].split()[-2:] == ["0.0/s", "72"]

    def test_what_does_not_fit_is_counted_in_the_title(self) -> None:
        assert consumers.draw(crowd(32), 38, 5, UNICODE).note == "4 of 32 shown"

    def test_the_selected_one_is_always_in_sight(self) -> None:
        made = replace(crowd(32), selected=Selection("consumer", "reader 20"))
        assert "▸C21 reade" in text(consumers, made)

    def test_the_selected_row_is_marked_without_colour(self) -> None:
        marked = [line for line in text(consumers, second_ten()).splitlines() if line.startswith("▸")]
        assert len(marked) == 1
        assert "billing" in marked[0]

    @pytest.mark.parametrize(
        ("more", "word"),
        [
            ({"status": "failed"}, "✗ crashed"),
            ({"status": "running"}, "■ full"),
            ({"status": "running", "taken": 49}, "● reads"),
            ({"status": "running", "taken": 50, "lag": 0}, "✓ caught up"),
        ],
    )
    def test_a_state_is_a_mark_and_a_word(self, more: dict[str, object], word: str) -> None:
        assert word in text(consumers, with_consumer(second_ten(), "billing", **more))

    def test_the_backlog_is_a_bar_where_there_is_height(self) -> None:
        rows = text(consumers, second_ten(), 56, 8).splitlines()
        assert rows[4].count("━") > rows[4].count("╌") > 0
        assert "━" not in rows[2]


class TestProducers:
    def test_a_row_has_tag_name_rate_and_channel(self) -> None:
        orders, clicks = text(producers, second_ten()).splitlines()[1:3]
        assert orders.split()[:5] == ["P1", "orders", "1.5/s", "□□□□", "0/4"]
        assert clicks.split()[:5] == ["P2", "clicks", "1.0/s", "■□□□", "1/4"]

    @pytest.mark.parametrize("width", [38, 56, 96])
    def test_blocked_can_not_be_overlooked(self, width: int) -> None:
        made = with_producer(second_ten(), "clicks", blocked=True, level=4)
        drawing = producers.draw(made, width, 5, UNICODE)
        assert any([cell.style == "fill.alarm" and "BLOCKED" in cell.text for row in drawing.rows for cell in row])

    def test_all_sparklines_have_the_scale_that_the_title_names(self) -> None:
        made = second_ten()
        rates = made.producer_rates
        made = replace(made, producer_rates={**rates, "orders": replace(rates["orders"], history=(8.0,) * 60)})
        drawing = producers.draw(made, 38, 5, UNICODE)
        assert "bars to 8.0/s" in drawing.note
        assert "█" in plain([drawing.rows[1]])
        assert "█" not in plain([drawing.rows[2]])

    def test_a_producer_that_is_through_says_so(self) -> None:
        assert "✓ done" in text(
            producers, with_producer(second_ten(), "alerts", pace=Sending(Constant(1.0), done=True))
        )


class TestGauge:
    def test_any_message_fills_a_box_and_only_a_full_channel_fills_all(self) -> None:
        assert gauge(0, 64, 4, UNICODE) == ("", "□□□□")
        assert gauge(1, 64, 4, UNICODE) == ("■", "□□□")
        assert gauge(63, 64, 4, UNICODE) == ("■■■", "□")
        assert gauge(64, 64, 4, UNICODE) == ("■■■■", "")
        assert gauge(70, 64, 4, UNICODE) == ("■■■■", "")

    def test_a_small_channel_has_a_box_for_each_message(self) -> None:
        assert gauge(1, 2, 4, UNICODE) == ("■", "□")

    def test_a_sparkline_shows_the_newest_at_the_right(self) -> None:
        assert spark([0.0, 4.0, 8.0], 4, 8.0, ASCII) == " _=#".replace("=", "=")


class TestCleaner:
    def test_it_counts_down_to_the_next_pass(self) -> None:
        assert "next pass in 0.6 s" in text(cleaner, second_ten())

    def test_it_names_who_holds_the_head(self) -> None:
        assert "stopped  C2 billing has not had it" in text(cleaner, second_ten())

    def test_it_says_why_messages_went(self) -> None:
        assert "56 consumed and expired" in text(cleaner, second_ten())

    def test_it_says_what_the_settings_are(self) -> None:
        assert "keeps 4s · looks every 1s · at most 48" in text(cleaner, second_ten())

    def test_the_timeline_has_a_column_for_each_pass_and_the_last_ones_say_what_stopped_them(self) -> None:
        lines = text(cleaner, second_ten(), 56, 8).splitlines()
        assert lines[2].endswith("▁▁▆█▁▁")
        assert "because" not in "".join(lines)
        assert [line.split()[0] for line in lines[5:]] == ["5.6", "6.6", "8.6", "9.6"][-len(lines[5:]) :]


class TestEvents:
    def test_the_newest_is_last(self) -> None:
        assert text(events, second_ten()).splitlines()[-1] == "   9.6 C1 C3 got 90"

    def test_on_a_wide_screen_each_kind_of_actor_has_its_column(self) -> None:
        lines = text(events, second_ten(), 56, 8).splitlines()
        columns = {line.strip().split()[1]: line.index(line.split()[1], 7) for line in lines}
        assert columns["P3"] < columns["the"] < columns["C2"]

    def test_a_line_of_many_actors_counts_the_rest(self) -> None:
        everybody = tuple([f"C{n}" for n in range(1, 33)])
        made = second_ten(lines=(Line(1.0, everybody, "consumer", "got 7", "delivered", 1),))
        assert "C6 and 26 more got 7" in text(events, made, 50, 8)


class TestHeader:
    def row(self, made: View, width: int = 80) -> str:
        return plain(header.draw(made, width, 1, UNICODE).rows)

    def test_it_says_mode_scenario_clock_speed_invariants_and_badge(self) -> None:
        row = self.row(second_ten(), 120)
        for words in ("● LIVE", "Three messages", "10.0 s", "×1", "✓ 4 invariants", "REAL THREADS"):
            assert words in row

    def test_all_of_it_fits_in_eighty_columns(self) -> None:
        for words in ("● LIVE", "Three messages a second…", "10.0 s", "×1", "✓ 4 invariants", "REAL THREADS"):
            assert words in self.row(second_ten())

    def test_a_broken_invariant_is_named(self) -> None:
        made = second_ten(checks=(Check("order", 10), Check("once", 7, "C1 got 41 twice")))
        assert "✗ once VIOLATED" in self.row(made)

    def test_a_replay_says_how_far_back_it_is(self) -> None:
        assert "REPLAY −12.4 s" in self.row(second_ten(mode="REPLAY", behind_live=12.4))

    def test_exact_and_paused_are_words(self) -> None:
        row = self.row(second_ten(mode="PAUSED", badge="exact"))
        assert "PAUSED" in row
        assert "EXACT" in row


class TestCaption:
    def row(self, made: View, width: int = 80) -> str:
        return plain(caption.draw(made, width, 1, UNICODE).rows)

    def test_it_says_why_the_head_stays(self) -> None:
        stalled = with_consumer(second_ten(), "billing", cursor=56)
        assert "#57 stays: C2 billing has not had it; next pass in 0.6 s" in self.row(stalled)

    def test_age_alone_is_a_reason_too(self) -> None:
        made = view(state(nodes_of_one(1, 9, 10.0), {"audit": (0, 0)}))
        assert "#1 stays 0.8 s more: everybody has had it, but it is too young" in self.row(made)

    def test_what_may_go_is_said(self) -> None:
        assert "#57 may go" in self.row(second_ten())

    def test_a_queue_that_keeps_everything_says_so(self) -> None:
        made = second_ten()
        made = replace(made, state=replace(made.state, settings=Settings(None, 1.0)))
        assert "retention is off" in self.row(made)

    def test_the_scenarios_words_come_first_for_as_long_as_they_take_to_read(self) -> None:
        made = second_ten(say="Watch the head.", said_at=9.0)
        assert "Watch the head." in self.row(made)
        assert "Watch the head." not in self.row(replace(made, now=12.0))

    def test_words_that_are_too_long_are_shown_one_after_the_other(self) -> None:
        long = "billing reads again and catches up. What everybody has had, and is older than 4 s, may be taken."
        first = self.row(second_ten(say=long, said_at=10.0))
        assert "billing reads again and catches up." in first
        assert "may be taken." in self.row(second_ten(say=long, said_at=7.0))

    def test_no_word_gets_lost_between_pages(self) -> None:
        text = "One sentence. Another one that is quite a bit longer than the first; it has two parts! And an end."
        for room in (20, 33, 50, 76, 200):
            assert " ".join(caption.pages(text, room)) == text
            assert max([len(page) for page in caption.pages(text, room)]) <= room

    def test_an_alarm_comes_before_everything(self) -> None:
        made = second_ten(alarm="expected length() < 4", say="Watch.", said_at=10.0)
        (row,) = caption.draw(made, 80, 1, UNICODE).rows
        assert "expected length() < 4" in plain([row])
        assert row[0].style == "fill.alarm"

    def test_an_empty_list_is_explained(self) -> None:
        assert "empty" in self.row(empty())
