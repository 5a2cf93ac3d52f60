"""The sections of the findings, a module each: what it says, its table, and the figure that draws the table."""
