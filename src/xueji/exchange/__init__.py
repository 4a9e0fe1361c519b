"""Workbooks and photo archives in and out: hostile until read, told cell by cell what is wrong. No database."""
