"""The footers: for each kind of session the actions that are shown, in this order, each with a short word."""

STEP_FOOTER: dict[str, str] = {
    "digit.1": "its turn",
    "time.step": "next",
    "player.back": "undo",
    "time.step_far": "until it waits",
    "time.pause": "go on",
    "screen.help": "help",
    "app.quit": "quit",
}
"""The footer of a step session."""

QUESTION_FOOTER: dict[str, str] = {
    "digit.1": "answers",
    "lesson.on": "tells it",
    "lesson.back": "back",
    "lesson.outline": "cards",
    "screen.help": "help",
    "app.quit": "quit",
}
"""The footer of a lesson while its card asks a question."""

READING_FOOTER: dict[str, str] = {
    "lesson.on": "on",
    "lesson.back": "back",
    "lesson.again": "once more",
    "lesson.outline": "cards",
    "screen.help": "help",
    "app.quit": "quit",
}
"""The footer of a lesson about a checker program while there is nothing yet to step through."""

WATCH_FOOTER: dict[str, str] = {
    "player.history": "history",
    "player.fork": "a copy",
    "session.record": "record",
    "queue.retain_longer": "retention",
    "consumer.remove": "close",
    "session.open": "others",
    "screen.help": "help",
    "app.quit": "quit",
}
"""The footer of a remote session; commands that it does not accept are left out."""

COPY_FOOTER: dict[str, str] = {
    "player.live": "the program",
    "producer.add": "producer",
    "consumer.add": "consumer",
    "consumer.stall": "stall",
    "time.pause": "pause",
    "screen.help": "help",
    "app.quit": "quit",
}
"""The footer of a local copy of a remote queue."""

PAST_FOOTER: dict[str, str] = {
    "player.back": "back",
    "time.step": "on",
    "player.go": "go to",
    "time.pause": "play",
    "player.fork": "from here",
    "player.step": "by threads",
    "player.live": "present",
    "screen.help": "help",
    "app.quit": "quit",
}
"""The footer of the player, in a session's history."""

EXERCISE_FOOTER: dict[str, str] = {
    "time.step": "step",
    "player.back": "back",
    "player.step": "by hand",
    "lesson.hint": "hint",
    "session.open": "grade again",
    "pane.next": "",
    "pane.previous": "",
    "screen.picture": "",
    "screen.help": "help",
    "app.quit": "quit",
}
"""All actions of the exercise screen; those with a word are in its footer."""
