"""The manual as an app: the list of pages at the left, and the selected page."""

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Footer, MarkdownViewer, OptionList
from textual.widgets.option_list import Option

from msgmux_tui.manual import page, topics


class ManualApp(App[None]):
    """Opens with the page ``topic``, or with the first page."""

    CSS = """
    OptionList { width: 16; height: 1fr; border: none; }
    MarkdownViewer { width: 1fr; }
    """
    BINDINGS = [
        Binding("q,escape", "leave", "quit"),
        Binding("tab", "app.focus_next", "pages or text", show=True),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, topic: str | None = None) -> None:
        super().__init__()
        self._topics = topics()
        self._at = self._topics.index(topic) if topic in self._topics else 0

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield OptionList(*[Option(topic, id=topic) for topic in self._topics])
            yield MarkdownViewer(page(self._topics[self._at]), show_table_of_contents=False, open_links=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = self._at
        self.query_one(MarkdownViewer).focus()

    @on(OptionList.OptionHighlighted)
    async def _turn(self, message: OptionList.OptionHighlighted) -> None:
        if message.option_index == self._at:
            return
        self._at = message.option_index
        viewer = self.query_one(MarkdownViewer)
        await viewer.document.update(page(self._topics[self._at]))
        viewer.scroll_home(animate=False)

    def action_leave(self) -> None:
        self.exit(return_code=0)
