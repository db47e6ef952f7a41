"""The bundled harnesses, by name."""

from msgmux.checker.harness import Harness
from msgmux.checker.harnesses.parts import PARTS, RINGING
from msgmux.checker.harnesses.whole import WHOLE

HARNESSES: dict[str, Harness] = {harness.name: harness for harness in (*WHOLE, RINGING, *PARTS)}
