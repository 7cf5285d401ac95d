"""Where threads go: limits, margins, baselines, the optimiser and the exact gate."""
