"""A case's cortex, retinotopy and vessels: files enter here and leave as records in scanner RAS."""
