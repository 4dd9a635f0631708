"""What a report is: its columns, rows and charts; without it figures have no pages."""
