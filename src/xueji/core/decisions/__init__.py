"""What the rules of a pack come to on a question of student status: the answer, its findings, its clauses, our readings."""
