"""What X says: posteriors of y and of s, cross-fitted under keyed folds, and pooled."""
