"""The chain: reading order, which nodes are elided, and how cursors, ages and readers are shown."""

import re

import pytest
from msgspec.structs import replace

from msgmux.commands import Selection
from msgmux_tui.panes import chain, ledger
from msgmux_tui.panes.overview import HEAD, TAIL, tick
from msgmux_tui.theme.glyphs import UNICODE
from msgmux_tui.viewmodel.view import Ghost, View
from msgmux_tui.widgets.drawing import Cell, Drawing, plain
from support.made_up import batches, crowd, empty, huge, nodes_of_one, second_ten, state, untouched, view


def draw(made: View, width: int = 78, height: int = 8) -> Drawing:
    return chain.draw(made, width, height, UNICODE)


def text(made: View, width: int = 78, height: int = 8) -> str:
    return plain(draw(made, width, height).rows)


def blocks(made: View, width: int = 78, height: int = 8) -> list[int]:
    """The seqs of all blocks, in reading order."""
    cells = [cell for row in draw(made, width, height).rows for cell in row]
    seqs = [int(cell.target.removeprefix("message:")) for cell in cells if cell.target.startswith("message:")]
    return list(dict.fromkeys(seqs))


def style_of(made: View, seq: int) -> set[str]:
    cells = [cell for row in draw(made).rows for cell in row if cell.target == f"message:{seq}"]
    return {cell.style for cell in cells}


def block(made: View, seq: int) -> str:
    return "".join([cell.text for row in draw(made).rows for cell in row if cell.target == f"message:{seq}"])


@pytest.mark.parametrize("made", [second_ten(), crowd(), batches(), huge(), empty(), untouched()])
@pytest.mark.parametrize("size", [(78, 8), (116, 15), (196, 22)])
def test_the_words_head_and_tail_always_show(made: View, size: tuple[int, int]) -> None:
    assert "HEAD oldest" in text(made, *size)
    assert "TAIL newest" in text(made, *size)


@pytest.mark.parametrize("size", [(78, 8), (116, 15), (196, 22)])
def test_forty_messages_fit_without_an_elision(size: tuple[int, int]) -> None:
    made = view(state(nodes_of_one(951, 990, 10.0), {"audit": (0, 0), "billing": (20, 2), "search": (0, 0)}))
    assert blocks(made, *size) == list(range(951, 991))
    assert "┄ " not in text(made, *size).replace("┄┄ ▸", "▸").replace("┄┄┄ ▸", "▸")


def test_every_row_is_read_from_left_to_right_and_says_where_it_goes_on() -> None:
    rows = [row for row in text(second_ten(), 78, 8).splitlines()[1:] if "⇄" in row]
    assert all([row.endswith("▸") for row in rows[:-1]])
    assert all([row.startswith("▸") for row in rows[1:]])
    assert "┤" in rows[-1]
    assert "├" in rows[0]


def test_the_flag_stands_under_the_block_of_its_cursor() -> None:
    lines = text(second_ten()).splitlines()
    row = next(n for n, line in enumerate(lines) if "▲C2" in line and n > 0)
    flag = lines[row].index("▲C2")
    covering = [match for match in re.finditer(r"P\d. ?\d+", lines[row - 1]) if match.start() - 1 <= flag < match.end()]
    assert covering[0].group().endswith("72")


def test_a_flag_says_what_waits_in_the_list_and_in_the_channel() -> None:
    assert "▲C2‖ 18+2" in text(second_ten())


def test_who_has_everything_gets_a_tick() -> None:
    assert "▲C1·C2 ✓" in text(view(state(nodes_of_one(1, 9, 10.0), {"audit": (0, 0), "billing": (0, 0)})))


def test_a_flag_inside_a_batch_says_how_far() -> None:
    assert "98/256" in text(batches())


def test_a_cursor_before_the_head_stands_under_the_heads_mark() -> None:
    lines = text(untouched()).splitlines()
    head = next(n for n, line in enumerate(lines) if "├" in line)
    assert abs(lines[head + 1].index("▲C1·C2") - lines[head].index("├")) <= 1
    assert "9+2" in lines[head + 1]


def test_every_cursor_is_shown_or_counted() -> None:
    made = crowd(32)
    shown = 0
    for tags, others in re.findall(r"▲((?:C\d+‖?·?)+)(?: and (\d+) more)?", "\n".join(text(made).splitlines()[1:])):
        shown += tags.count("C") + int(others or 0)
    assert shown == 32


def test_ten_cursors_far_apart_are_all_in_sight() -> None:
    lags = {f"reader {n}": (99 * n, 0) for n in range(10)}
    made = view(state(nodes_of_one(1, 1000, 10.0), lags))
    for number in range(1, 11):
        assert f"▲C{number}" in "\n".join(text(made, 116, 15).splitlines()[2:])


def test_what_is_elided_is_counted() -> None:
    made = view(state(nodes_of_one(1, 1000, 10.0), {"audit": (0, 0)}))
    gaps = [int(number.replace(",", "")) for number in re.findall(r"┄ ([\d,]+) ", text(made))]
    assert sum(gaps) + len(blocks(made)) == 1000


def test_messages_that_the_state_only_counts_are_elided_before_the_first_block() -> None:
    assert "├┄┄┄┄┄┄ 300,000 ┄┄┄┄┄┄⇄" in text(huge())


def test_the_title_counts_messages_and_nodes() -> None:
    assert draw(second_ten()).note == "34 of 48 messages in 34 nodes"
    assert draw(batches()).note == "518 of 48 messages in 4 nodes"


def test_past_retention_is_a_broken_edge() -> None:
    assert block(second_ten(), 57).startswith("┊")
    assert block(second_ten(), 90).startswith("▌")


def test_who_has_still_to_get_it_is_a_mark() -> None:
    made = view(state(nodes_of_one(1, 9, 10.0), {"audit": (0, 0), "billing": (2, 0), "search": (4, 0)}))
    assert block(made, 5) == "▌P2✓  5"
    assert block(made, 7) == "▌P2¹  7".replace("P2", "P2")
    assert block(made, 8)[3] == " "


def test_without_consumers_no_node_has_a_tick() -> None:
    assert "✓" not in "".join(text(view(state(nodes_of_one(1, 9, 10.0), {}))).splitlines()[:-1])


def test_evicted_messages_are_struck_out_then_shortened_then_gone() -> None:
    made = second_ten()
    at = made.ghosts[0].when
    assert "×P2  55" in text(replace(made, now=at + 0.1))
    assert "× 55" in text(replace(made, now=at + 0.8))
    assert "×P2" not in text(replace(made, now=at + 0.8))
    assert " 55" not in text(replace(made, now=at + 1.0))


def test_the_block_at_a_cursor_is_filled() -> None:
    assert style_of(second_ten(), 72) == {"p0.at", "p0.at.edge"}


def test_the_selected_message_looks_selected() -> None:
    assert style_of(replace(second_ten(), selected_seq=60), 60) == {"p0.picked", "p0.picked.edge"}


def test_the_flag_of_the_selected_consumer_is_on_the_ground_of_selected_rows() -> None:
    flags = [cell for row in draw(second_ten()).rows for cell in row if cell.text.startswith("▲C2")]
    assert {cell.style for cell in flags} == {"warn@"}
    made = replace(second_ten(), selected=Selection("consumer", "audit"))
    flags = [cell for row in draw(made).rows for cell in row if cell.text.startswith("▲C2")]
    assert {cell.style for cell in flags} == {"warn"}


def test_ghosts_never_push_the_list_into_an_elision() -> None:
    made = second_ten(ghosts=tuple([Ghost(seq, "P1", "expired", 9.9) for seq in range(49, 57)]))
    assert blocks(made) == list(range(57, 91))


@pytest.mark.parametrize("room", [20, 54, 93])
def test_ticks_of_the_overview_stand_at_their_exact_proportion(room: int) -> None:
    made = view(state(nodes_of_one(101, 200, 10.0), {"audit": (0, 0)}))
    assert tick(made, 100, room) == 0
    assert tick(made, 150, room) == room // 2
    assert tick(made, 200, room) == room - 1
    assert tick(made, 5, room) == 0


def test_labels_of_the_overview_merge_and_its_ticks_do_not() -> None:
    made = view(state(nodes_of_one(101, 200, 10.0), {"audit": (0, 0), "billing": (3, 0), "search": (60, 0)}))
    bar, labels = text(made, 116, 15).splitlines()[:2]
    assert bar.startswith(HEAD)
    assert bar.endswith(TAIL)
    assert labels.count("▲") == 3
    assert "C2·C1▲ ▲" in labels


def test_a_click_on_a_block_or_a_flag_has_a_target() -> None:
    cells = [cell for row in draw(second_ten()).rows for cell in row]
    assert any([cell.target == "message:72" for cell in cells])
    assert any([cell.target == "consumer:billing" and "18+2" in cell.text for cell in cells])


def test_a_name_from_outside_can_not_break_a_row() -> None:
    made = second_ten()
    nodes = tuple([replace(node, preview="täxt\n\x1b[31m") for node in made.state.nodes])
    made = replace(made, state=replace(made.state, nodes=nodes))
    rows = draw(made, 196, 22).rows
    assert all([isinstance(cell, Cell) and cell.text.isprintable() for row in rows for cell in row])


def test_an_empty_list_says_what_comes_next() -> None:
    assert "#91 will be next" in text(empty())
    assert "▲C1·C2·C3" in text(empty())


def test_the_ledger_shows_a_cursor_that_is_before_the_head() -> None:
    text = plain(ledger.draw(untouched(), 100, 12, UNICODE).rows)
    assert "●  ●  │     C1·C2: before the head, nothing of this list yet" in text
