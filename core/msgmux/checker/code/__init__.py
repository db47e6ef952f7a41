"""The user's own file under the checker: its threads, locks and clock are ours, its accesses to shared state points.

It is no sandbox. It is reached only by a path that was typed on the command line, or by pytest: a contract of
import-linter keeps scenarios, lessons, recordings and servers from it.
"""
