"""What is trained: orders, the layers they stand for, Keras models, and the fast layers they train with."""
