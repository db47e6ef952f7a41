"""``msgmux-tui play --step mine.py``: steps through a Python file of the user's, in a child process."""

from pathlib import Path

from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.saving import load, read_header
from msgmux.errors import MsgmuxError
from msgmux.events import Violation
from msgmux.recording import read_recording
from msgmux.runtime.schedule import Schedule
from msgmux.scenario import Scenario
from msgmux_tui.commands.check_code import programs_of
from msgmux_tui.commands.inputs import Look
from msgmux_tui.commands.launch import begin_session, run_app
from msgmux_tui.session import Kind, Session


def play_code(name: str, schedule: Path | None, look: Look) -> int:
    """Show a step session of a file, or of one function of it, until the user quits. Returns the exit code.

    ``schedule``: a file that ``check --save`` has written, along which the session goes. Raises :class:`MsgmuxError`
    if the file is wrong, if it does not say which of its tests is meant, or if the schedule is of another file.
    """
    program, followed, breaks = (the_program(name), None, "") if schedule is None else scheduled(name, schedule)
    return step_through(program, followed, breaks, look)


def the_program(name: str) -> CodeProgram:
    """The one program that ``name`` means. Raises :class:`MsgmuxError` if there are several."""
    programs = programs_of(name)
    if len(programs) > 1:
        names = ", ".join([program.name for program in programs])
        raise MsgmuxError(
            f"{name}: has {len(programs)} tests, and one is stepped through; name it: {name}::NAME ({names})"
        )
    return programs[0]


def scheduled(name: str, file: Path) -> tuple[CodeProgram, Schedule, str]:
    """The program as it was checked, its schedule, and what that breaks."""
    path, _, function = name.partition("::")
    kept = read_header(file)
    if Path(kept.path).resolve() != Path(path).resolve() or function not in ("", kept.name):
        raise MsgmuxError(f"{file}: is a schedule of {kept.title}, not of {name}")
    program, schedule = load(file)
    broken = [event for event in read_recording(file).events if isinstance(event, Violation)]
    return program, schedule, f"{broken[0].invariant}: {broken[0].detail}" if broken else ""


def step_through(program: CodeProgram, schedule: Schedule | None, breaks: str, look: Look) -> int:
    """Show the step session until the user quits. Returns the exit code. Raises :class:`MsgmuxError`."""
    file = f"{Path(program.path).stem}.toml"

    def begin(scenario: Scenario, kind: Kind) -> Session:
        from msgmux_tui.session.code import CodeSession

        if scenario.file != file:
            return begin_session(scenario, kind)
        if kind != "exact":
            raise MsgmuxError("a file of yours is stepped through, or runs as ever: python FILE")
        return CodeSession(program, schedule=schedule, breaks=breaks)

    return run_app(Scenario(file, title=program.title), look, exact=True, begin=begin, keep=False)
