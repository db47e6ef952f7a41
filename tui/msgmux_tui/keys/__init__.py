"""Which key does what: the actions with their usual keys, and the map that the configuration makes of them."""
