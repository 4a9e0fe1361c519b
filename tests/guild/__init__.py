"""A move between two schools of a guild: a kind of case with two schools, two authorities and their common superior."""
