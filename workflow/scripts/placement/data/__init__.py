"""What is trained on: data sets, their sources, prepared arrays and splits."""
