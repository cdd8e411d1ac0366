"""What comes in: columns, features, labels, what names a row, its keyed draws, splits."""
