"""Pages that show several packages at once: the month, and a meeting with its materials."""
