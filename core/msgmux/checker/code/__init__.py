"""Checks a Python file of the user's: its threads, locks and clock are replaced by scheduled ones, and each access to
shared state can be a scheduling point.

This is no sandbox. A file is run only if its path was typed on the command line, or by pytest: a contract of
import-linter keeps scenarios, lessons, recordings and servers from importing this package.
"""
