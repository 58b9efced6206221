"""What a report says: its template, its words and its numbers. Pure: no site is needed."""
