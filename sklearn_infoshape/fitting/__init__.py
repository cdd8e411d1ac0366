"""From checked rows and labels to a fitted release: stage one, codes, the game."""
