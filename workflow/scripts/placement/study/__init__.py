"""What is asked: a config, checked, and what each part of the workflow gets of it."""
