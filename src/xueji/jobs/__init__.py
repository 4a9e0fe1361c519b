"""Long work: progress rows over the queue, resumable after kill -9."""
