"""What torch needs: modules and batches."""
