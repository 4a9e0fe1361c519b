"""The drill that breaks single lines of the product and asks whether a test notices."""
