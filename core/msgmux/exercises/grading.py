"""Grading: the harness of an exercise with a student's file, under every schedule or up to the exercise's bound."""

from pathlib import Path

from msgmux.exercises.model import Exercise
from msgmux.exercises.records import Grade


def grade(exercise: Exercise, file: Path) -> Grade:
    raise NotImplementedError


def validate_exercise(exercise: Exercise) -> None:
    raise NotImplementedError
