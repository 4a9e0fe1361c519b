"""Every upload of a workbook: sent, read, shown with what was found, confirmed or given up. What is in it a kind knows."""
