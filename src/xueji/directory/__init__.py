"""The workbook by which an administrator registers a whole area at once: authorities, schools, programmes, people with posts."""
