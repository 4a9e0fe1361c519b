"""School attestations (毕业证明): made by the school or who keeps its files, numbered, sealed besides by the health authority where asked."""
