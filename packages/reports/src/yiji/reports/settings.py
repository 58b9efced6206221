"""The section of the settings that belongs to reports."""

from pydantic import Field

from yiji.core.settings import Section


class ReportsSection(Section):
    """[reports]: how this site's reports look and are sealed."""

    templates: dict[str, str] = Field(default_factory=dict)  # examination code, or kind -> name of a template
    fonts: tuple[str, ...] = ()  # font files for characters that ours lack
    seal: str = ""  # method of the seal; empty: our own keyed hash
