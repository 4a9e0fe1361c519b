"""A province with a register: every authority of a real one, made-up schools, students and three years of their changes."""
