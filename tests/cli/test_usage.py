"""The sentences of the installed Typer are those that we know in Chinese."""

import re

import pytest

from yiji.cli.main import run

CHINESE = re.compile(r"[一-鿿]")


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["plugni"], "没有命令 plugni，是否想用 'plugin'？"),
        (["qqqqqq"], "没有命令 qqqqqq。"),
        (["--jsno"], "没有选项 --jsno，相近的有 --json。"),
        (["--qqqqqq"], "没有选项 --qqqqqq。"),
        (["user", "add"], "缺少参数 name。"),
        (["user", "add", "x"], "缺少选项 --role。"),
        (["--site"], "选项 --site 后面要有值。"),
        (["--json=yes"], "选项 --json 不带值。"),
        (["user", "list", "more"], "多余的参数：more。"),
        (["user", "token", "x", "--hours", "many"], "--hours 的值不对："),
    ],
)
def test_a_wrong_command_line_is_told_in_chinese(argv: list[str], told: str, capfd: pytest.CaptureFixture[str]):
    assert run(["--lang", "zh", *argv]) == 2
    err = capfd.readouterr().err
    assert told in err
    assert "--help" in err
