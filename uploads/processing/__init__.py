"""Pure functions: a file in, text and pictures out. No database, no settings, no Django models."""
