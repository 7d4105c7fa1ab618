"""The month's template deck: made for a township, and read back when it comes in filled."""
