"""What a scenario expects: the expressions, the facts that they ask for, and when they are looked at."""
