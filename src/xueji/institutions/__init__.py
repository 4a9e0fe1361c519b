"""Authorities, schools, posts and who holds them, working days."""
