"""Variants in which the cleaner evicts messages that it must keep."""

from msgmux.checker.variants.variant import Variant, made_of
from msgmux.store import Store


class AgeOnly(Store):
    """The cleaner looks only at the age of a message, not at whether every consumer has had it."""

    def consumed_seq(self) -> int:
        return self.tail_seq


class ForgetsNewcomers(Store):
    """The cleaner ignores consumers to which nothing has been delivered yet."""

    def consumed_seq(self) -> int:
        return min([entry.cursor for entry in self.consumers.values() if entry.delivered], default=self.tail_seq)


CLEANING = (
    Variant(
        "cleaner-ignores-cursors",
        "The cleaner looks at the age alone: a slow consumer loses messages",
        "unread",
        "aging",
        "delay",
        1,
        200,
        made_of(store_class=AgeOnly),
        Store.consumed_seq,
        AgeOnly.consumed_seq,
    ),
    Variant(
        "cleaner-forgets-newcomers",
        "The cleaner forgets a consumer that has had nothing yet",
        "unread",
        "unread",
        "delay",
        1,
        200,
        made_of(store_class=ForgetsNewcomers),
        Store.consumed_seq,
        ForgetsNewcomers.consumed_seq,
    ),
)
