"""``MSGMUX_PUBLISH=1`` (or a name): publishes every queue on real threads, without a change to the program."""

import logging
import os
from collections.abc import Callable

from msgmux.errors import MsgmuxError
from msgmux.publishing import program_name, publish_by_itself
from msgmux.publishing.places import check_name
from msgmux.queue import MessageQueue

MOST = 32
"""Most queues of one process that are published in this way at a time."""


class Everything:
    """Publishes each new queue: the first as ``name``, later ones as ``name-2``, ``name-3`` and so on."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._published = 0
        self._count = 0
        self._process = os.getpid()
        self._complained = False

    def __call__(self, queue: MessageQueue) -> Callable[[], None] | None:
        """Publish ``queue``. Returns a function that ends the publication, or None if it is not published.

        A failure is only logged, since the program has not asked for this and must not be disturbed.
        """
        if queue.runtime.exact or self._published >= MOST or os.getpid() != self._process:
            return None
        self._count += 1
        name = self._name if self._count == 1 else f"{self._name[:36]}-{self._count}"
        try:
            close = publish_by_itself(queue, name)
        except (MsgmuxError, OSError, RuntimeError) as error:
            if not self._complained:
                self._complained = True
                logging.getLogger("msgmux").warning("MSGMUX_PUBLISH: %s", error)
            return None
        self._published += 1

        def end() -> None:
            self._published -= 1
            close()

        return end


def publish_all(wanted: str) -> None:
    """Publish each queue that this process makes from now on.

    ``wanted``, the value of the variable: ``1`` (under the program's name), a name, or ``0``, ``no`` or ``false``.
    A wrong name is only logged.
    """
    if wanted.lower() in ("0", "no", "false"):
        return
    name = program_name() if wanted == "1" else wanted
    try:
        check_name(name)
    except MsgmuxError as error:
        logging.getLogger("msgmux").warning("MSGMUX_PUBLISH: %s", error)
        return
    MessageQueue.on_new = Everything(name)
