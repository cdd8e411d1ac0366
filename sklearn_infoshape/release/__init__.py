"""What goes out: channels, the fitted map, its codebook, its estimated bits."""
