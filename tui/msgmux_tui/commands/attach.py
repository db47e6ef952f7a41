"""``attach``, ``watch`` and ``follow``: shows another program's queue on a screen or as text, or records it."""

import errno
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

import click
import msgspec

from msgmux.errors import MsgmuxError
from msgmux.publishing.places import places
from msgmux_tui.commands.inputs import Look
from msgmux_tui.commands.passing import AttachOptions, check_record, pass_on_all
from msgmux_tui.narration.narrator import Narrator
from msgmux_tui.narration.trace import Trace
from msgmux_tui.programs.found import HEADING, NOBODY, Found, find, look, row
from msgmux_tui.programs.watched import WatchedProgram
from msgmux_tui.session.feeds import Feed, FeedGone, open_feed, unix_feed
from msgmux_tui.session.protocol import Session
from msgmux_tui.session.remote import RemoteSession, connected
from msgmux_tui.settings.config import Config
from msgmux_tui.system.files import check_target
from msgmux_tui.system.messages import complain
from msgmux_tui.system.signals import Endings, endings
from msgmux_tui.theme.glyphs import Glyphs

if TYPE_CHECKING:
    from msgmux_tui.screens.session import SessionScreen

BETWEEN = 0.05
"""Seconds between two reads of the stream, without a screen."""
PATIENCE = 5.0
"""Most seconds until the first line of a program."""


ShowScreen = Callable[[Session | None, Callable[[Found], Session]], int]
"""Shows a session, or first (None) the list of programs to watch; the function opens a session for one of these.
Returns the exit code.
"""


# Which


def list_programs(as_json: bool) -> None:
    """One line for each queue that is published here; or one JSON object."""
    found = look()
    if as_json:
        for one in found:
            click.echo(msgspec.json.encode(_listed(one)).decode())
        return
    if not found:
        click.echo(NOBODY)
        return
    click.echo(HEADING)
    for one in found:
        click.echo(row(one).rstrip())


def _listed(found: Found) -> dict[str, object]:
    told = msgspec.to_builtins(found.listed) if found.listed is not None else {}
    told.pop("kind", None)
    return {
        "name": found.place.name,
        "pid": found.place.pid,
        "address": found.place.address,
        "answers": found.listed is not None,
        **told,
    }


def feed_of(target: str, *, every_event: bool) -> Feed:
    """The feed of ``target``: a name, a process id, or an address. Raises :class:`MsgmuxError` if there is none."""
    if ":" in target or "/" in target:
        return open_feed(target, every_event=every_event)
    found = find(target, look())
    return feed_to(found, every_event=every_event, again="name" if found.place.name == target else "pid")


def feed_to(found: Found, *, every_event: bool = False, again: Literal["name", "pid"] | None = "name") -> Feed:
    """The feed of a published queue that was found. ``again``: when it has ended, follow the next one of the same name
    or of the same process (None: none).
    """
    place = found.place

    def where() -> Path:
        if place.path.exists() or again is None:
            return place.path
        try:
            same = [other for other in places() if getattr(other, again) == getattr(place, again)]
        except MsgmuxError as error:
            raise OSError(errno.EACCES, str(error)) from None
        if not same:
            raise OSError(errno.ENOENT, "no program publishes it")
        return max(same, key=lambda other: other.pid).path

    return unix_feed(where, f"{place.name} (pid {place.pid})", every_event=every_event)


# What is done with it


def attach(target: str | None, wanted: AttachOptions, options: Look) -> int:
    """Attach to ``target`` (None: the user chooses). Returns the exit code. Raises :class:`MsgmuxError` if it cannot be
    reached, :class:`OSError` if output cannot be written.
    """

    show = show_screen(options)

    def reach(found: Found) -> Session:
        return connected(feed_to(found, every_event=wanted.every_event), patience=PATIENCE)

    if target is not None:
        feed = feed_of(target, every_event=wanted.every_event)
        return _take(feed, wanted, options, lambda session: show(session, reach))
    found = [one for one in look() if one.listed is not None]
    if len(found) == 1:
        feed = feed_to(found[0], every_event=wanted.every_event)
        return _take(feed, wanted, options, lambda session: show(session, reach))
    if wanted.headless:
        if not found:
            raise MsgmuxError(NOBODY)
        names = ", ".join([f"{one.place.name} (pid {one.place.pid})" for one in found])
        raise MsgmuxError(f"there are {len(found)} queues; name one of them: {names}")
    return show(None, reach)


def follow(address: str, wanted: AttachOptions, options: Look) -> int:
    """As :func:`attach`; an ``address`` of no known kind is the path of a file."""

    show = show_screen(options)

    def reach(found: Found) -> Session:
        return connected(feed_to(found), patience=PATIENCE)

    feed = open_feed(address, every_event=wanted.every_event)
    return _take(feed, wanted, options, lambda session: show(session, reach))


def watch(program: Path, arguments: Sequence[str], wanted: AttachOptions, options: Look) -> int:
    """Start a Python program and watch its queue; then end it and print its last lines of output. Returns the exit
    code: the program's own, if it has ended by itself.
    """
    show = show_screen(options)
    with WatchedProgram(program, arguments) as child:
        try:
            found = child.first_queue()
            if found is None:
                click.echo(child.last_words(), err=True)
                raise MsgmuxError(f"{program}: it has ended before it made a queue, so there is nothing to watch")

            def reach(found: Found) -> Session:
                return connected(feed_to(found, every_event=wanted.every_event, again="pid"), patience=PATIENCE)

            if wanted.headless and not wanted.plain:
                with endings() as ends:
                    code = pass_on_all(child, wanted, ends)
            else:
                feed = feed_to(found, every_event=wanted.every_event, again="pid")
                code = _take(
                    feed, wanted, options, lambda session: show(session, reach), lasts=lambda: child.ended is None
                )
        finally:
            ended = child.ended
            child.close()
    click.echo(child.last_words(), err=True)
    if ended is not None and code == 0:
        return ended if ended >= 0 else 128 - ended
    return code


def _take(
    feed: Feed,
    wanted: AttachOptions,
    options: Look,
    show: Callable[[Session], int],
    *,
    lasts: Callable[[], bool] = lambda: False,
) -> int:
    """Carry out the command line's options. ``lasts``: whether more may come although the stream has ended."""
    try:
        if not wanted.headless:
            return show(connected(feed, patience=PATIENCE))
        with endings() as ends:
            if wanted.plain:
                return _tell(feed, wanted, options.glyphs(), ends, lasts)
            return _pass_on(feed, wanted, ends)
    finally:
        feed.close()


def _tell(feed: Feed, wanted: AttachOptions, glyphs: Glyphs, ends: Endings, lasts: Callable[[], bool]) -> int:
    """Print one sentence for each event, until the program ends."""
    session = connected(feed, patience=PATIENCE)
    try:
        if wanted.record is not None:
            check_target(wanted.record, overwrite=wanted.overwrite)
            session.start_recording(wanted.record)
        start = session.start
        narrator = Narrator(start)
        trace = Trace(len(start.producers) + len(start.consumers), glyphs)
        while True:
            ends.look()
            frame = session.poll()
            if frame.gap:
                narrator.learn(frame.state)
                click.echo(f"{frame.now:9.3f} s  … some events are left out: {frame.state.length:,} in the list")
            for event in frame.events:
                line = trace.line(event, narrator(event))
                if line is not None:
                    with ends.at_once():
                        click.echo(line)
            for outcome in frame.outcomes:
                if outcome.words:
                    complain(outcome.words)
            if frame.link.phase == "gone" and not lasts():
                complain(_short(session))
                return 0
            time.sleep(BETWEEN)
    finally:
        session.close()


def _short(session: RemoteSession) -> str:
    """Why the stream has ended, without the advice that applies to a screen only."""
    return session.link.words.partition(";")[0]


def _pass_on(feed: Feed, wanted: AttachOptions, ends: Endings) -> int:
    """Copy the lines of the stream to standard output or a file; a saved stream is a recording."""
    file: IO[bytes] | None = None
    if wanted.record is not None:
        check_record(wanted.record, overwrite=wanted.overwrite)
        file = wanted.record.open("wb")
    count = 0
    try:
        until = time.monotonic() + PATIENCE
        while True:
            ends.look()
            try:
                lines = feed.take()
            except FeedGone as gone:
                complain(gone)
                return 0 if count else 2
            if not count and lines and lines[0].startswith(b'{"kind":"end"'):
                raise MsgmuxError(msgspec.json.decode(lines[0])["text"])
            count += len(lines)
            if not count and time.monotonic() > until:
                raise MsgmuxError(f"{feed.address} does not answer within {PATIENCE:g} s")
            data = b"".join([line + b"\n" for line in lines])
            if data and file is not None:
                file.write(data)
                file.flush()
            if data and wanted.as_json:
                with ends.at_once():
                    sys.stdout.buffer.write(data)
                    sys.stdout.buffer.flush()
            time.sleep(BETWEEN)
    finally:
        if file is not None:
            file.close()
            complain(f"{count:,} lines are in {wanted.record}; msgmux-tui replay {wanted.record}")


def show_screen(options: Look) -> ShowScreen:
    """The function that shows a session on a screen, with the command line's options."""

    def show(session: Session | None, reach: Callable[[Found], Session]) -> int:
        from msgmux_tui.commands.launch import run_screen

        def make(settings: Config, glyphs: Glyphs) -> "SessionScreen":
            from msgmux_tui.screens.attached import AttachedScreen

            return AttachedScreen(
                session, glyphs, look=look, reach=reach, keymap=settings.keymap, notice=settings.notice
            )

        return run_screen(make, options)

    return show
