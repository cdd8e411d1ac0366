"""What torch needs: modules, batches, generators, devices."""
