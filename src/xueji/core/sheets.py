"""How a workbook of ours is written, whatever it holds."""

# What somebody typed stays text in every program that opens it, never a formula, a link or a number; and it is put together in
# memory, so that nothing of it lies in a temporary folder. Options of `xlsxwriter.Workbook`.
AS_TEXT = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
