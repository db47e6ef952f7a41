"""The panes. Each file has a drawing, a pure function of a :class:`~msgmux_tui.viewmodel.View`, and its widget."""

from msgmux_tui.panes.caption import CaptionPane
from msgmux_tui.panes.card import CardPane
from msgmux_tui.panes.checks import ChecksPane
from msgmux_tui.panes.cleaner import CleanerPane
from msgmux_tui.panes.consumers import ConsumersPane
from msgmux_tui.panes.events import EventsPane
from msgmux_tui.panes.header import HeaderPane
from msgmux_tui.panes.inspector import InspectorPane
from msgmux_tui.panes.legend import LegendPane
from msgmux_tui.panes.list import ListPane
from msgmux_tui.panes.producers import ProducersPane
from msgmux_tui.panes.scrub import ScrubPane
from msgmux_tui.panes.threads import ThreadsPane
from msgmux_tui.panes.variables import VariablesPane

__all__ = [
    "CaptionPane",
    "CardPane",
    "ChecksPane",
    "CleanerPane",
    "ConsumersPane",
    "EventsPane",
    "HeaderPane",
    "InspectorPane",
    "LegendPane",
    "ListPane",
    "ProducersPane",
    "ScrubPane",
    "ThreadsPane",
    "VariablesPane",
]
