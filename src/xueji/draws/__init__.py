"""Public lots: a secret committed to, a draw anybody can repeat, and what was found of each that was drawn."""
