"""What reports opens to plugins: templates and seals of a hospital's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from yiji.core.plug import hookspec


@dataclass(frozen=True, slots=True)
class ReportTemplate:
    """A template: its name, its TOML file as ``package:file.toml``, the kind of recording it is for.

    The file may build on another by ``base`` (`yiji.reports.writing.inherit`): a hospital's on ours, a department's on
    the hospital's. A template that names examinations (`exams`, codes of the catalogue) is taken for those; one that
    names none is taken where the site's setting ``[reports.templates]`` says so.
    """

    name: str
    source: str
    kind: str = "ecg"
    exams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportSeal:
    """A way to seal reports, under the name of its method.

    `sign` is a function from (content: bytes, settings) to the seal's value; `verify` one from (content, value,
    settings) to whether the value fits.
    """

    method: str
    sign: str
    verify: str


@hookspec
def reports_templates() -> Sequence[ReportTemplate]:  # pyright: ignore[reportReturnType]
    """Bring report templates."""


@hookspec
def reports_seals() -> Sequence[ReportSeal]:  # pyright: ignore[reportReturnType]
    """Bring ways to seal signed reports; a site takes one by the setting ``[reports] seal``."""
