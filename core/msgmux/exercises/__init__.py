"""Exercises: a faulty class, which a student repairs until no schedule of the threads breaks it any more.

Each is a folder: ``exercise.toml`` says what it is about, ``skeleton.py`` is what the student begins with,
``harness.py`` has the threads and what must hold, ``solution.py`` is one way to do it. Where ``exercise.toml`` asks to
``reach`` something, a file ``one_big_lock.py``, which is right and too simple, must be refused.
``msgmux-tui manual exercises`` says how to write one.
"""

from msgmux.exercises.model import Exercise, Reach
from msgmux.exercises.reading import (
    ORDER,
    ExerciseError,
    exercise_schema,
    header_of,
    load_exercise,
    open_exercise,
    read_exercise,
)

__all__ = [
    "ORDER",
    "Exercise",
    "ExerciseError",
    "Reach",
    "exercise_schema",
    "header_of",
    "load_exercise",
    "open_exercise",
    "read_exercise",
]
