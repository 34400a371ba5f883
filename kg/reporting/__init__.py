"""What a report is made of: its chapters, the views of their rows, the page."""
