"""How a report looks: one page, drawn to scale. Pure: no site is needed."""
