"""What browsers get: the page that shows a session, live or from a file."""
