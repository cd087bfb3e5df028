"""Who is asking, what they are towards a row, and which rows they may see."""
