"""The command line: a table in, a comparison of releases out."""
