"""A scenario's expectations: the language of their expressions, the values they can ask for, and their evaluation."""
