"""How an encoder is trained: channels, and the game of encoder against critics."""
