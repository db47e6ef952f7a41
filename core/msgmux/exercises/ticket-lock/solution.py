"""msgmux exercise: ticket-lock, version 1"""

from threading import Lock


class TicketLock:
    def __init__(self) -> None:
        self.next_ticket = 0
        self.serving = 0
        self.drawing = Lock()

    def draw(self) -> int:
        with self.drawing:
            ticket = self.next_ticket
            self.next_ticket = ticket + 1
        return ticket

    def wait(self, ticket: int) -> None:
        while self.serving != ticket:
            pass

    def leave(self) -> None:
        self.serving += 1
