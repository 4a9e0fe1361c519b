"""Pages of every signed-in person: the desk, progress of long work, photographs."""
