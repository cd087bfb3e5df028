"""What the figures say: about the work, and about the machine that carries it."""
