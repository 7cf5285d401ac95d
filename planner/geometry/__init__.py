"""Meshes, segments and capsules: distances, exact and differentiable."""
