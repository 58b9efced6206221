"""Booking rules 预约规则 at the shell."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiji.booking.cli.rulefile import example as shipped
from yiji.booking.cli.rulefile import read_rules, write_rules
from yiji.booking.errors import NoRules
from yiji.core.contract.rule import (
    CheckRules,
    DryRun,
    DryRunRules,
    ListRuleEditions,
    LoadRules,
    RuleEdition,
    RuleSet,
    ShowRules,
)
from yiji.core.faces import shell

if TYPE_CHECKING:
    from yiji.core.contract.rule import CheckedRules

app = typer.Typer(add_completion=False, no_args_is_help=True)
PATIENCE = 600.0  # seconds that a replay over years may take

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A TOML file. TOML 文件。")]
_FINDINGS = [
    ("severity", "级别", "severity"),
    ("code", "问题", "code"),
    ("rules", "规则", "rules"),
]
_REFUSED = [
    ("accession_number", "检查号", "accession"),
    ("patient_name", "患者", "patient"),
    ("exam_name", "检查", "examination"),
    ("starts_at", "时间", "starts"),
    ("rule", "规则", "rule"),
    ("conflict", "冲突", "conflict"),
    ("earliest", "最早可约", "earliest"),
]
_RULES = [
    ("id", "编号", "id"),
    ("kind", "类别", "kind"),
    ("overridable", "可越过", "overridable"),
    ("source", "来源", "source"),
]
_EDITIONS = [
    ("number", "版本", "edition"),
    ("at", "时间", "at"),
    ("actor", "操作者", "by"),
    ("note", "说明", "note"),
    ("sha256", "摘要", "sha256"),
]


@app.command("load", epilog="Example: yiji rule load rules.toml --note 增加碘剂间隔")
def load(file: File, note: Annotated[str, typer.Option(help="Why. 说明。")] = "") -> None:
    """Put a rule set in force, unless it contradicts itself; the same again changes nothing. 启用规则集。"""
    here, rules = shell(), read_rules(file)
    loaded = here.bus.ask(LoadRules(rules=rules, note=note), timeout=60)
    _warn(here.bus.ask(CheckRules(rules=rules), timeout=60))
    if here.json:
        here.show(loaded)
    else:
        count = len(loaded.rules.rules)
        here.say(
            here.words(
                f"规则第 {loaded.number} 版已生效，共 {count} 条。", f"Edition {loaded.number}: {count} rules in force."
            )
        )


@app.command("check", epilog="Example: yiji rule check rules.toml")
def check(file: File) -> None:
    """Does a rule set contradict itself, does it fit the catalogue? Status 1 if it cannot be loaded. 检查规则集。"""
    here = shell()
    checked = here.bus.ask(CheckRules(rules=read_rules(file)), timeout=60)
    here.table(checked.findings, [*_FINDINGS, _spoken("text", "说明", "what")], here.words("检查结果", "Findings"))
    if checked.ok:
        here.say(here.words("没有错误，可以导入。", "No error: it can be loaded."))
    else:
        raise typer.Exit(1)


@app.command("dry-run", epilog="Example: yiji rule dry-run rules.toml --since 30d")
def dry_run(
    file: File,
    since: Annotated[str, typer.Option(help="How far back, in days or weeks: 30d, 4w. 回放多久。")] = "30d",
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, help="At most so many refusals are listed. 最多列出。")
    ] = 500,
) -> None:
    """What would it have refused of what was booked lately, beside the rules in force? 用历史预约回放规则集。"""
    here, days, rules = shell(), _days(since), read_rules(file)
    with here.progress(here.words("正在回放历史预约", "Replaying history")):
        told = here.bus.ask(DryRunRules(rules=rules, days=days, limit=limit), timeout=PATIENCE)
        now = _in_force(days)
    if here.json:
        here.data({"new": told.model_dump(mode="json"), "in_force": now.model_dump(mode="json") if now else None})
        return
    columns = [*_REFUSED, _spoken("reason", "原因", "reason")]
    here.table(told.refused, columns, here.words("会被拒绝的预约", "Would have been refused"))
    _compare(told, now)


@app.command("show", epilog="Example: yiji rule show --toml")
def show(
    edition: Annotated[int, typer.Option(min=0, help="An earlier edition; 0: in force. 版本。")] = 0,
    toml: Annotated[bool, typer.Option("--toml", help="As TOML, to be edited and loaded. 输出 TOML。")] = False,
) -> None:
    """The rules in force, or an earlier edition. 查看规则。"""
    here = shell()
    found = here.bus.ask(ShowRules(edition=edition))
    if toml:
        typer.echo(write_rules(found.rules), nl=False)
    elif here.json:
        here.show(found)
    else:
        here.table(found.rules.rules, [*_RULES, _spoken("title", "标题", "title")], _title(found))


@app.command("list", epilog="Example: yiji rule list")
def editions(limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 最多列出。")] = 50) -> None:
    """Who changed the rules, and when? 规则版本。"""
    here = shell()
    found = here.bus.ask(ListRuleEditions(limit=limit)).editions
    here.table(found, _EDITIONS, here.words("规则版本", "Editions"))


@app.command("example", epilog="Example: yiji rule example > rules.toml")
def example() -> None:
    """Print the rule set that ships, to be edited by the hospital's clinicians. 输出示例规则集。"""
    typer.echo(shipped(), nl=False)


def _spoken(field: str, zh: str, en: str) -> tuple[str, str, str]:
    """Return the column of what is told in the user's language."""
    return (field if shell().lang == "zh" else f"{field}_en", zh, en)


def _title(found: RuleEdition) -> str:
    return shell().words(f"{found.rules.name} 第 {found.number} 版", f"{found.rules.name}, edition {found.number}")


def _warn(checked: "CheckedRules") -> None:
    here = shell()
    for one in checked.findings:
        here.say(f"{one.code} [{', '.join(one.rules)}] {here.words(one.text, one.text_en)}")


def _days(since: str) -> int:
    number, unit = since[:-1], since[-1:].lower()
    if unit.isdigit():
        number, unit = since, "d"
    if unit not in ("d", "w") or not number.isdigit() or not 0 < int(number) <= 3660:
        raise typer.BadParameter(shell().words("请写作 30d 或 4w", "write 30d or 4w"), param_hint="--since")
    return int(number) * (7 if unit == "w" else 1)


def _in_force(days: int) -> DryRun | None:
    """Return what the rules in force would have refused; None while there are none."""
    try:
        rules: RuleSet = shell().bus.ask(ShowRules()).rules
    except NoRules:
        return None
    return shell().bus.ask(DryRunRules(rules=rules, days=days, limit=1), timeout=PATIENCE)


def _compare(told: DryRun, now: DryRun | None) -> None:
    here = shell()
    new, old = sum(told.by_rule.values()), sum(now.by_rule.values()) if now else 0
    here.say(
        here.words(
            f"回放 {told.looked_at} 个预约：此规则集会拒绝 {new} 个，现行规则会拒绝 {old} 个。",
            f"{told.looked_at} appointments replayed: this set refuses {new}, the rules in force {old}.",
        )
    )
    in_force = now.by_rule if now else {}
    for rule in sorted({*told.by_rule, *in_force}):
        here.say(f"  {rule}: {told.by_rule.get(rule, 0)} ({here.words('现行', 'in force')} {in_force.get(rule, 0)})")
    zh, _, en = told.limits.partition("\n")
    here.say(here.words(zh, en))
