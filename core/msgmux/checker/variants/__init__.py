"""Faulty variants: each is the real queue with one thing broken, small enough to be compared with the correct code."""

from msgmux.checker.variants.cleaning import CLEANING
from msgmux.checker.variants.linking import LINKING
from msgmux.checker.variants.variant import Snippet, Variant
from msgmux.checker.variants.waiting import WAITING

VARIANTS: dict[str, Variant] = {variant.name: variant for variant in (*LINKING, *WAITING, *CLEANING)}

__all__ = ["VARIANTS", "Snippet", "Variant"]
