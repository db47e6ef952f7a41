"""What a student sees of exercises: which are solved, and what came of grading a file, in words."""
