"""Pure decisions of booking: no database, no clock of its own."""
