"""Supervision of schools: what the register shows against the negative list, what the school says of it, what people decide (S2 第六章)."""
