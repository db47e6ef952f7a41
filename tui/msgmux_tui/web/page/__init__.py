"""The page: it folds a stream of events in the browser and draws it, live from a relay or from a recording inside it.

Its files (:func:`msgmux_tui.web.page.files.served`) are served from one folder of one origin. It needs nothing else,
sets no inline style and runs no inline script, so it works under ``Content-Security-Policy: default-src 'self'``.

**What it takes.** It opens the WebSocket ``events`` beside itself (``/x/`` → ``/x/events``, with the cookies of its
origin) and reads text messages. Each holds whole lines of JSON, separated by ``\\n``, as in the manual's *stream*: a
``header`` first (``start`` is the queue's state before the first event, so a late joiner gets a header whose ``start``
is that of ten minutes ago, and then everything since), events, ``tick`` at least once a second (with ``speed``),
``key_frame`` in place of events that are left out, ``told`` (shown as a notice) and ``end`` (the session has ended; its
past stays). A second ``header`` begins a new history.

Lines that only a page gets are records of :mod:`msgmux_tui.web.page.lines`; each replaces the one before of its kind:

- ``{"kind":"viewers","count":23}``: how many pages look on.
- ``{"kind":"held","text":"Look at me!"}``: the page shows these words and nothing else, until ``text`` is ``""``.
- ``{"kind":"poll","id":3,"question":"…","choices":["…","…"],"open":true,"yours":null,"counts":null,"right":null}``:
  a question. ``yours``: the index this viewer has answered; ``counts``: answers by choice, null until revealed;
  ``right``: the index of the right answer, if there is one. ``"choices":[]`` takes the question away.
- ``{"kind":"card","title":"…","text":"…"}``: a lesson's card, plain text; ``"text":""``: none.
- ``{"kind":"threads","time":1.5,"tasks":[…],…}``: a step session's threads after the event before this line.
- ``{"kind":"story","title":"…","turns":[…]}``: the story of a counterexample, beside its recording.

**What it offers.** It sends two kinds of text messages: ``{"want":"follow","version":1}`` when a connection opens (the
relay answers with the header and what follows), and ``{"want":"answer","poll":3,"choice":0}``, again where the viewer
changes the answer. The relay answers with a new ``poll``. Seeking, playing and filtering happen in the page, over what
it has been sent; nothing is asked for them. Where the connection breaks, the page keeps its past, and asks anew after
one to thirty seconds.
"""
