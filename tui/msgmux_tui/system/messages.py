"""Words from outside on their way to a terminal: what is not printable never gets there.

Names, tags, payloads and texts come from files and from other programs. A control character among them would steer the
terminal, and one that turns the direction of writing would make it show something else than what is there.
"""

import click


def printable(words: str) -> str:
    """The words with a ``?`` for each character that is not printable, on one line."""
    if words.isprintable():
        return words
    return "".join([letter if letter.isprintable() else "?" for letter in words])


def printable_lines(words: str) -> str:
    """The same for words of several lines."""
    return "\n".join([printable(line) for line in words.split("\n")])


def complain(message: object, *, about: str = "msgmux-tui") -> None:
    """Tell of a problem on stderr, after the name of the program or of what it is. It may have several lines."""
    click.echo(f"{about}: {printable_lines(str(message))}", err=True)


def reason(error: Exception) -> str:
    """What went wrong, in one sentence: that of an :class:`OSError` begins with the file it is about."""
    if isinstance(error, OSError) and error.strerror:
        about = "" if error.filename is None else f"{error.filename!s}: "
        return f"{about}{error.strerror}"
    return str(error)
