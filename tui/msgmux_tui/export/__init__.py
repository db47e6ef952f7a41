"""What is seen, as files: pictures first of all."""
