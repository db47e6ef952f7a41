"""Grading: the harness of an exercise with a student's file, under every schedule or up to the exercise's bound."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from msgmux.documents.problems import Problem
from msgmux.exercises.model import HARNESS, SKELETON, SOLUTION, TOO_SIMPLE, Exercise, Reach
from msgmux.exercises.reading import ExerciseError
from msgmux.exercises.source import Source, SourceError

Verdict = Literal["solved", "broken", "refused", "unknown"]
"""*refused*: no schedule breaks it, and none reaches what the exercise asks for."""
