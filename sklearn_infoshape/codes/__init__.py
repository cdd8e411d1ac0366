"""The finite code: its objective, the table of atoms, the partition of posterior space."""
