"""The benchmark: this queue compared with the alternatives of a Python programmer, on equal work, in one run.

The speed of a shared machine drifts. So the figures to compare are ratios to a *yardstick* (one ``SimpleQueue`` for
each consumer), which runs shortly before each system, in each of several interleaved rounds.
A *group* measures one thing and gives tables; :data:`~msgmux_tui.bench.groups.GROUPS` lists them all.
"""
