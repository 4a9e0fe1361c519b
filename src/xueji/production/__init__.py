"""Print runs, calibration, sealing rounds, archive copies."""
