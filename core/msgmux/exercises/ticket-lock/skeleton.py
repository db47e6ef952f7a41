"""msgmux exercise: ticket-lock, version 1

draw() gives a number, wait() returns when it is that number's turn, leave() lets the next one in. Never two are inside,
all come in, and in the order of their numbers.
"""


class TicketLock:
    def __init__(self) -> None:
        self.next_ticket = 0
        self.serving = 0

    def draw(self) -> int:
        ticket = self.next_ticket
        self.next_ticket = ticket + 1
        return ticket

    def wait(self, ticket: int) -> None:
        while self.serving != ticket:
            pass

    def leave(self) -> None:
        self.serving += 1
