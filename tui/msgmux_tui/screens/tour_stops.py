"""The texts of the guided tour: six short cards, each about one pane. They name keys by action id."""

from typing import NamedTuple


class Card(NamedTuple):
    """``pane`` is the id of the pane that the card describes."""

    title: str
    pane: str
    text: str


CARDS = (
    Card(
        "One list",
        "list",
        "Producers put messages, and all of them go into ONE list: the oldest at the head, the newest at the tail. "
        "Each block is a message, with the tag and the colour of its producer. However many consumers there are, "
        "a message is kept once.",
    ),
    Card(
        "A cursor each",
        "list",
        "Every consumer gets every message, at its own speed. The flag ▲C2 under a block is its cursor: all up to "
        "there was delivered to C2. What lies to the right of the flag is still before it.",
    ),
    Card(
        "Lag",
        "consumers",
        '"18+2 behind": 18 messages wait in the list, 2 more wait in the channel, the small box between the queue and '
        "the consumer. Select a consumer with the arrows and press <consumer.stall>: it stops reading, and you see its "
        "lag grow.",
    ),
    Card(
        "Retention",
        "cleaner",
        "The cleaner comes by every second or so and takes messages away from the head: those that everybody has had, "
        "and that are older than the retention time. One consumer that is behind keeps them all. "
        "<queue.retain_longer> and <queue.retain_shorter> change it.",
    ),
    Card(
        "Backpressure",
        "producers",
        "The list has a bound. When a stalled consumer keeps it full, the queue takes no more: the producers' channels "
        "fill, and their put waits, BLOCKED. Press <consumer.stall> on a consumer and watch it travel back, then "
        "<consumer.stall> again.",
    ),
    Card(
        "Your turn",
        "events",
        "<producer.add> and <consumer.add> add producers and consumers, <producer.remove> and <consumer.remove> remove "
        "them. <time.pause> stops time, <time.step> goes one event on. <session.switch> starts the same world again in "
        "exact virtual time. <screen.help> explains the pane you are in, <screen.legend> shows what every mark means.",
    ),
)
