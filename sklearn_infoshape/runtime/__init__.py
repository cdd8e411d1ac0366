"""What calls share with their process: threads and generators, warnings, workers."""
