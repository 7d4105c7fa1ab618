"""Letters about what was asked and answered: more time for materials, swaps of turns."""
