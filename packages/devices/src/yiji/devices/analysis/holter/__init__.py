"""Long recordings: rhythm, events, ST, variability and shapes of a day, and the strips that show them."""
