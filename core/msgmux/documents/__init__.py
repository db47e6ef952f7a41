"""A reader of TOML that tells every wrong key and value of a document at once, with its line."""
