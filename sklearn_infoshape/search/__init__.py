"""Which multiplier: paths, their evaluation, a choice by folds or by certificates."""
