"""The game of encoder against critics, as a skorch net."""
