"""Other processes: those that publish a queue, those that are watched from here, and the live session's own."""
