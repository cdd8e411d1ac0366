"""Scripts that print tables; results/ holds the tables."""
