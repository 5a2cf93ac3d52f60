"""How it is trained: the step, the fit, its checkpoint, and this process."""
