"""Files people send: tell what they are, clean them in a cage, keep the originals sealed."""
