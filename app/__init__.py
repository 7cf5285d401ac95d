"""Calcarine's desktop program: looks at all of `planner`; nothing there knows that it exists."""
