"""A reader of TOML files that reports all wrong keys and values of a file at once, with their lines."""
