"""What a run leaves: history, predictions and tables, read back checked."""
