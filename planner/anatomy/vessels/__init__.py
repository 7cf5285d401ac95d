"""Vessels from every source, as trees of tapered capsules."""
