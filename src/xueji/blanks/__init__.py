"""The book of blank certificates: one row a sheet, every move of it signed for and kept (docs/adr/0009)."""
