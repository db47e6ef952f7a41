"""The benchmark: this queue beside what a Python programmer would use instead, on equal work, in one run.

Beside, because a shared machine's speed drifts: every figure that matters is a ratio to a *yardstick* (a plain
``SimpleQueue`` for each consumer), which runs right before each few others, in each of several interleaved rounds.
A *group* measures one thing and gives tables; :data:`~msgmux_tui.bench.groups.GROUPS` lists them all.
"""
