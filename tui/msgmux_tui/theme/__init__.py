"""Colours, styles and glyphs. Nothing here loads Textual but `textual_theme`, which is imported by the app alone."""
