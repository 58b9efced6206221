"""Operating a site at the shell."""

import typer

from yiji.core.faces import shell

_COLUMNS = [
    ("name", "检查项", "check"),
    ("ok", "正常", "well"),
    ("detail", "结果", "found"),
    ("hint", "建议", "next"),
]


def doctor() -> None:
    """Look the site over and say what to do next; exit status 1 if something is not well. 站点体检。

    Example: yiji doctor --site /srv/yiji
    """
    from yiji.ops.doctor import examine

    here = shell()
    with here.progress(here.words("正在检查站点", "looking the site over")):
        health = examine(here.site, here.lang)
    if here.json:
        here.show(health)
    else:
        here.table(health.checks, _COLUMNS, here.words("站点体检", "Doctor"))
    if not health.well:
        raise typer.Exit(1)
