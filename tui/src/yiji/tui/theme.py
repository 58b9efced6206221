"""Two sets of colours: for a dim room and for a bright one."""

from textual.theme import Theme

NIGHT = Theme(
    name="yiji-night",
    primary="#4aa3df",
    secondary="#7fb2c9",
    accent="#3ec6c0",
    warning="#f0b23e",
    error="#ff6b6b",
    success="#63c77a",
    foreground="#e6edf2",
    background="#10181f",
    surface="#17222b",
    panel="#22313d",
    dark=True,
)
DAY = Theme(
    name="yiji-day",
    primary="#00629b",
    secondary="#35607a",
    accent="#00777a",
    warning="#8f5700",
    error="#b3261e",
    success="#1f6e35",
    foreground="#16212a",
    background="#f4f7f9",
    surface="#ffffff",
    panel="#dfe8ee",
    dark=False,
)
