"""Scorers and a refit rule for scikit-learn's searches."""
