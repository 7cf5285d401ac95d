"""Experiments: what the planner is worth beside other methods."""
