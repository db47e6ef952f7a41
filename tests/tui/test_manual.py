"""The manual's page about the stream: its example client works as printed, and it names every kind of line."""

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import msgmux
import msgmux_tui
from msgmux import MessageQueue
from msgmux.publishing.allowing import ALLOWED, tag_of
from msgmux.publishing.wire import Listed
from msgmux.recording.format import Line
from msgmux.state import QueueState
from support.viewers import eventually

PAGE = Path(msgmux_tui.__file__).parent / "manual" / "stream.md"


@pytest.fixture
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_client_of_the_page_follows_a_program(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert "msgmux" not in code
    with MessageQueue(retention=None) as queue:
        producer, audit = queue.register_producer("orders"), queue.register_consumer("audit")
        with msgmux.publish(queue, "shop") as published:
            # -I: isolated, so that our packages can't be imported from the path.
            client = subprocess.Popen(
                [sys.executable, "-I", "-S", "-u", "-c", code, published.address],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            try:
                assert client.stdout is not None
                eventually(lambda: published.viewers == 1)
                for name in ("paid", "shipped"):
                    producer.put(name)
                    audit.get(timeout=60)
                    told = client.stdout.readline() + client.stdout.readline()
                    assert f"orders put #{audit.cursor}: {name}" in told
                    assert f"audit got up to #{audit.cursor}" in told
                published.close()
                assert client.stdout.read().splitlines()[-2:] == ["shop has ended", "2 messages are left"]
                assert client.wait() == 0
            finally:
                client.kill()
                client.wait()
                if client.stdout is not None:
                    client.stdout.close()


def test_the_page_names_every_line(page: str) -> None:
    for kind in get_args(Line):
        tag = str(kind.__struct_config__.tag)
        if tag != "schedule":  # only in recordings of finished runs
            assert f"`{tag}`" in page, tag


def test_the_page_names_what_a_list_and_a_state_say_and_every_command(page: str) -> None:
    for field in Listed.__struct_fields__:
        if field != "version":
            assert f"`{field}`" in page, field
    for field in QueueState.__struct_fields__:
        if not field.endswith("_tags"):
            assert f"`{field}`" in page, field
    for kinds in ALLOWED.values():
        for command in kinds:
            assert f'"do":"{tag_of(command)}"' in page
