"""Reports as text, files and pages; without it a report is a value nobody sees."""
