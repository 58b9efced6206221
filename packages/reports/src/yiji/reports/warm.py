"""What the first signature of the day should not wait for: the drawing library, and the fonts read once."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yiji.core.app import App


def page(app: "App") -> None:
    """Import what draws a page, and read the fonts."""
    from yiji.reports.page import sheet
    from yiji.reports.page.fonts import Fonts

    _ = sheet, Fonts().width("医", 10)
