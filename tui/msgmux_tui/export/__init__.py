"""Exports recordings to files: pictures, animations, pages, tables and traces."""
