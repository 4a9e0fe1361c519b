"""The one approval engine: cases, steps, decisions, evidence, clocks."""
