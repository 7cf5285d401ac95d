"""The plan as a document: its record, its files, its exports and its pictures."""
