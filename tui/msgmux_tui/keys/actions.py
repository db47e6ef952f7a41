"""The table of all actions of the app: name, command, keys, and where the keys work.

Bindings, the footer, the help screen and the command palette are all made from :data:`ACTIONS`. Keys are safe ones:
letters, digits, space, arrows, enter and ``+ - , . / ? :``; whatever has ctrl or a function key has a plain key too.
The user may have given an action other keys: words name a key as ``<cast.undo>``, to be filled in by
:class:`msgmux_tui.keys.keymap.Keymap`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgmux_tui.keys.action import Action, Where

if TYPE_CHECKING:
    from textual.binding import BindingType

CAST, TIME, SCREEN = "Producers and consumers", "Time and the queue", "The screen"
STEPS = "Step by step: you are the scheduler"
CLASS = "The class, where a session is presented"

GROUPS: dict[str, tuple[Action, ...]] = {
    CAST: (
        Action(
            "producer.add",
            ("p",),
            "give('producer.add')",
            "Add a producer",
            "It puts one message a second, and is selected",
            footer="producer",
        ),
        Action(
            "producer.remove",
            ("P",),
            "give('producer.remove')",
            "Remove the selected producer",
            "What it has put stays; without a selected one, the newest goes",
        ),
        Action(
            "consumer.add",
            ("c",),
            "give('consumer.add')",
            "Add a consumer",
            "It starts with the oldest message, works 100 ms on each, and is selected",
            footer="consumer",
        ),
        Action(
            "consumer.remove",
            ("C",),
            "give('consumer.remove')",
            "Remove the selected consumer",
            "What only it held may go; without a selected one, the newest goes",
        ),
        Action(
            "cast.undo",
            ("u",),
            "give('cast.undo')",
            "Undo the last removal",
            "Under the same tag; a consumer after its old cursor",
        ),
        Action(
            "cast.quicken",
            ("+", "="),
            "give('cast.quicken')",
            "Quicken the selected one",
            "Twice a producer's rate, half a consumer's work",
        ),
        Action(
            "cast.slow",
            ("-",),
            "give('cast.slow')",
            "Slow the selected one",
            "Half a producer's rate, twice a consumer's work",
        ),
        Action(
            "consumer.stall",
            ("s",),
            "give('consumer.stall')",
            "Stall the selected consumer, or let it go on",
            "It stops reading; watch what its cursor holds",
            footer="stall",
        ),
        Action(
            "consumer.crash",
            ("S",),
            "give('consumer.crash')",
            "Crash the selected consumer",
            "Its thread raises and dies; <consumer.stall> starts it again",
        ),
        Action(
            "cast.add",
            ("a",),
            "add_by_form",
            "Add by form",
            "In the producers' pane a producer, else a consumer, with exact values",
        ),
        Action(
            "cast.edit",
            ("e",),
            "edit",
            "Exact values",
            "Of the selected producer or consumer; in the list and the cleaner, of the queue",
        ),
        Action(
            "producer.burst",
            ("d",),
            "give('producer.burst')",
            "A burst of 10",
            "The selected producer puts 10 messages at once",
        ),
    ),
    TIME: (
        Action("time.pause", ("space",), "pause", "Pause, go on", "Nothing ages while it is paused", footer="pause"),
        Action(
            "time.step",
            ("n",),
            "step",
            "One event on",
            "While paused: to the next event, then paused again. Step by step: the strategy picks",
        ),
        Action(
            "time.step_far",
            ("N",),
            "step(True)",
            "On to something notable",
            "While paused: past the everyday, to the next join, stall… Step by step: the chosen one until it waits",
        ),
        Action(
            "player.back", ("b",), "step_back", "One event back", "In the history, or while paused. Step by step: undo"
        ),
        Action(
            "player.back_far",
            ("B",),
            "jump_back",
            "Back to something notable",
            "The last join, skip, stall, marker… before this. Step by step: undo all that the last task did",
        ),
        Action("time.slower", (",",), "speed(-1)", "Slower", "Time passes more slowly, down to a tenth"),
        Action("time.faster", (".",), "speed(1)", "Faster", "Time passes faster, up to a hundred times"),
        Action(
            "queue.retain_longer",
            ("t",),
            "give('queue.retain_longer')",
            "Retention longer",
            "The least time that a message is kept",
        ),
        Action(
            "queue.retain_shorter",
            ("T",),
            "give('queue.retain_shorter')",
            "Retention shorter",
            "The least time that a message is kept",
        ),
        Action(
            "queue.edit",
            ("E",),
            "edit_queue",
            "The queue's settings",
            "Retention, cleaner interval, bound and overflow policy, as exact values",
        ),
        Action(
            "player.history",
            ("h",),
            "history",
            "The history",
            "What has happened so far, back and forth, while all goes on",
        ),
        Action("player.live", ("l",), "live", "Back to the present", "Out of the history"),
        Action("player.go", ("g",), "go_to", "Go to a moment", "A time, a message or an event of the past"),
        Action(
            "player.fork",
            ("r",),
            "fork",
            "Go on from here",
            "From the moment that is shown, live and exact: change what you like, and see another future",
        ),
        Action(
            "player.step",
            ("R",),
            "step_into",
            "Go on from here step by step",
            "From the moment that is shown, and you say whose turn it is: task by task, and back again",
        ),
        Action(
            "player.timelines",
            ("J",),
            "timelines",
            "The timelines",
            "What you forked from is kept: switch to it, or see two side by side, and where they part",
        ),
        Action("session.record", ("w",), "record", "Record, or end it", "Into a file in the present folder"),
        Action(
            "session.save",
            ("W",),
            "save",
            "Save the history",
            "All that has happened so far, as a recording in the present folder",
        ),
        Action("session.mark", ("m",), "give('session.mark')", "Leave a marker", "A mark among the events"),
        Action(
            "session.switch",
            ("x",),
            "switch",
            "Real threads or exact",
            "The same scenario from its start, on the other runtime; asks once",
        ),
        Action("session.open", ("o",), "open", "Open, or start again", "This scenario from its start, or another one"),
    ),
    STEPS: (
        *[
            Action(
                f"digit.{digit}",
                (str(digit),),
                f"digit({digit})",
                f"What {digit} on the screen says",
                "Step by step: the task of that number goes on to its next point; 0 is the clock",
                series="The task of that number goes on to its next point",
            )
            for digit in range(10)
        ],
    ),
    CLASS: (
        Action("class.address", ("Q",), "class_address", "The pages' address", "And its QR code, for the projector"),
        Action(
            "class.ask",
            ("K",),
            "class_ask",
            "Ask the class",
            "A question on every page; while one is open, what has been answered",
        ),
        Action(
            "class.hold", ("D",), "class_hold", "Hold the pages, or let them go on", "Held, they show one sentence only"
        ),
    ),
    SCREEN: (
        Action(
            "pane.next",
            ("tab",),
            "next_pane(1)",
            "The next pane",
            "<pane.up> and <pane.down> act within the focused pane",
        ),
        Action("pane.previous", ("shift+tab",), "next_pane(-1)", "The pane before", "Backwards through the panes"),
        Action("pane.up", ("up", "k"), "move(-1)", "Up", "The row above", "pane"),
        Action("pane.down", ("down", "j"), "move(1)", "Down", "The row below", "pane"),
        Action("pane.page_up", ("pageup",), "page(-1)", "A page up", "As many rows as are shown", "pane"),
        Action("pane.page_down", ("pagedown",), "page(1)", "A page down", "As many rows as are shown", "pane"),
        Action("pane.first", ("home",), "end(-1)", "The first", "The head of the list, the first row", "pane"),
        Action(
            "pane.last", ("end",), "end(1)", "The last", "The tail of the list, the last row, the newest event", "pane"
        ),
        Action("list.older", ("left",), "step_message(-1)", "An older message", "In the list: the one before", "list"),
        Action("list.newer", ("right",), "step_message(1)", "A newer message", "In the list: the one after", "list"),
        Action(
            "pane.inspect",
            ("enter",),
            "inspect",
            "Inspect the selected",
            "All about the selected message, producer or consumer; of the threads, the chosen one goes on",
        ),
        Action(
            "session.checks",
            ("I",),
            "checks",
            "The invariants",
            "What is being proven while you watch: how often it held, or what broke it",
        ),
        Action(
            "pane.maximise", ("z",), "maximise", "Maximise the pane", "The focused pane alone, or all of them again"
        ),
        Action(
            "list.follow",
            ("f",),
            "follow",
            "Follow",
            "What the list keeps in sight: all, the tail, the slowest, the selected; the events: the newest",
        ),
        Action(
            "events.filter",
            ("/",),
            "filter",
            "Filter the events",
            "By tag (C2), kind (evicted) or any words; <screen.close> shows all again",
        ),
        Action(
            "screen.theme", ("v",), "next_theme", "The next theme", "Dark, light, projector, colour-blind, ANSI", "app"
        ),
        Action(
            "screen.help",
            ("?", "f1"),
            "help",
            "Help and all keys",
            "What this pane shows, and every key",
            footer="help",
        ),
        Action("screen.legend", ("L",), "legend", "The legend", "Every mark and colour, and what it means"),
        Action("screen.tour", ("G",), "tour", "A guided tour", "Six short cards about what is to be seen here"),
        Action("screen.palette", (":", "ctrl+p"), "command_palette", "All commands", "Search by name", "app"),
        Action("screen.copy", ("y",), "copy", "Copy the selected", "The selected message or row, as text"),
        Action("screen.picture", ("i", "ctrl+s"), "picture", "A screenshot", "As an SVG file in the present folder"),
        Action("screen.close", ("escape",), "close", "Close what is open", "Or show all panes again"),
        Action(
            "app.quit", ("q",), "leave", "Quit", "Ends all threads and leaves the terminal as it was", footer="quit"
        ),
        Action("app.quit_now", ("ctrl+q",), "leave", "Quit now", "From wherever you are", "app", priority=True),
        Action(
            "app.suspend",
            ("ctrl+z",),
            "suspend",
            "To the shell for a while",
            "Time is paused meanwhile; `fg` comes back",
            "app",
            priority=True,
        ),
        Action(
            "app.interrupt",
            ("ctrl+c",),
            "interrupt",
            "Copy a selection, else quit",
            "Text selected by the mouse is copied; without any, the program ends with code 130",
            "app",
            priority=True,
        ),
    ),
}
"""All actions, as the help screen lists them."""

DIALOG: tuple[Action, ...] = (
    Action("dialog.yes", ("enter",), "yes", "Yes", "Do it", "dialog"),
    Action("dialog.no", ("escape", "q", "?", "f1"), "no", "Close", "Leave it as it is", "dialog"),
)
"""What the small screens over the session know."""

TIMELINES: tuple[Action, ...] = (
    Action("timelines.compare", ("c", "space"), "compare", "Compare", "Side by side with the shown one", "dialog"),
)
"""What the list of timelines knows beside what every dialog does."""

FORM: tuple[Action, ...] = (
    Action("form.next", ("tab", "down"), "next_field(1)", "Next", "The next field", "form"),
    Action("form.previous", ("shift+tab", "up"), "next_field(-1)", "Before", "The field before", "form"),
    Action("form.cancel", ("escape",), "no", "Cancel", "Leave everything as it is", "form"),
)
"""What a form knows; letters are for its fields."""

TOUR: tuple[Action, ...] = (
    Action("tour.on", ("pagedown", "right", "enter", "space"), "turn(1)", "On", "The next card", "tour"),
    Action("tour.back", ("pageup", "left"), "turn(-1)", "Back", "The card before", "tour"),
)
"""What the tour knows beside what every dialog does."""

LESSON: tuple[Action, ...] = (
    Action(
        "lesson.on",
        ("pagedown",),
        "turn(1)",
        "The next card",
        "Or its next page; where something is awaited, that comes first",
        "lesson",
        "on",
        priority=True,
    ),
    Action("lesson.back", ("pageup",), "turn(-1)", "The card before", "Or its page", "lesson", "back", priority=True),
    Action(
        "lesson.right",
        ("right", "enter"),
        "turn_by_arrow(1)",
        "The next card, too",
        "Where the list is not maximised, and no thread is picked",
        "lesson",
        priority=True,
    ),
    Action("lesson.left", ("left",), "turn_by_arrow(-1)", "The card before, too", "Likewise", "lesson", priority=True),
    Action("lesson.hint", ("H",), "hint", "A hint", "One more, where something is to be broken", "lesson"),
    Action("lesson.again", ("A",), "again", "Once more", "A question that was answered wrong; an attempt", "lesson"),
    Action("lesson.outline", ("O",), "outline", "The outline", "All cards of the lesson, to go to one", "lesson"),
    Action("lesson.spotlight", ("F",), "spotlight", "The spotlight", "All panes but the focused one dimmed", "lesson"),
)
"""What a lesson knows beside what every session does."""

ACTIONS: tuple[Action, ...] = tuple([action for actions in GROUPS.values() for action in actions])


def bindings(where: Where, actions: Iterable[Action] = ACTIONS) -> "list[BindingType]":
    """The bindings that a class of screens, panes or apps has, with the keys of this table."""
    return [action.binding() for action in actions if action.where == where]
