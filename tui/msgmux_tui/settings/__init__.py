"""The configuration file, and the folders in which things are kept."""
