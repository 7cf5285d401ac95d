"""Many plans, compared: cells are listed, measured on many processes, kept as they come, and made into tables."""
