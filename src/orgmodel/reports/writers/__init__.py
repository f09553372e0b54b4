"""Content written as a page, a Word document or a workbook."""
