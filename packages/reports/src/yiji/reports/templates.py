"""Which template a report gets: what the site sets, else what names the examination, else what comes with us."""

from yiji.core.plug.manager import Plugins
from yiji.reports.errors import UnknownTemplate
from yiji.reports.hooks import ReportTemplate
from yiji.reports.settings import ReportsSection
from yiji.reports.writing.inherit import load
from yiji.reports.writing.template import Template


def _offered(plugins: Plugins) -> list[ReportTemplate]:
    """Return all templates, ours first: to be installed is not yet to be chosen (pluggy calls the last one first)."""
    return plugins.hook("reports_templates")[::-1]


def choose(plugins: Plugins, section: ReportsSection, kind: str, exam: str) -> str:
    """Return the name of the template for an examination; raises `UnknownTemplate` where there is none."""
    offered = _offered(plugins)
    set_here = section.templates.get(exam) or section.templates.get(kind)
    if set_here:
        return _named(offered, set_here).name
    fitting = [one for one in offered if one.kind == kind and exam in one.exams]
    own = [one for one in offered if one.kind == kind and not one.exams]
    for one in (*fitting, *own):
        return one.name
    raise _unknown(offered, f"{kind}/{exam}")


def find(plugins: Plugins, name: str) -> Template:
    """Return the template of that name; raises `UnknownTemplate` or `BadTemplate`."""
    offered = _offered(plugins)
    return load(_named(offered, name).source, tuple((one.name, one.source) for one in offered))


def _named(offered: list[ReportTemplate], name: str) -> ReportTemplate:
    for one in offered:
        if one.name == name:
            return one
    raise _unknown(offered, name)


def _unknown(offered: list[ReportTemplate], name: str) -> UnknownTemplate:
    return UnknownTemplate(template=name, known=", ".join(one.name for one in offered))
