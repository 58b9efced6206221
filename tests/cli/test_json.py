"""--json: one document on stdout and nothing else, readable and exact."""

import json

import pytest

from tests.cli.conftest import Run


def test_stdout_is_one_document_whatever_else_is_printed(probe_apart: Run):
    done = probe_apart("probe", "show", "张喆", "--json", STRANGER_CHATTERS="1")
    assert json.loads(done.out) == {"name": "张喆", "lang": "en", "value": None, "raw": "suk="}
    assert "张喆" in done.out  # not escaped
    for noise in ("noise of a library", "narration", "long work", "chatter while loading"):
        assert noise in done.err


def test_a_plugin_that_prints_while_it_is_loaded_spoils_no_data(probe_apart: Run):
    assert probe_apart("single", "7", STRANGER_CHATTERS="1").out == "7\n"


def test_without_json_the_noise_stays_where_it_was_printed(probe: Run):
    done = probe("probe", "show", "张喆")
    assert "noise of a library" in done.out
    assert "narration" in done.err
    assert "narration" not in done.out


def test_two_values_are_a_list(probe: Run):
    shown = json.loads(probe("probe", "show", "x", "--twice", "--json").out)
    assert [one["name"] for one in shown] == ["x", "x"]


def test_a_table_is_a_list_of_whole_values(probe: Run):
    rows = json.loads(probe("probe", "list", "--json").out)
    assert [row["full_name"] for row in rows] == ["王喆", "李"]
    assert rows[0]["roles"] == ["doctor"]


def test_the_document_is_utf8_on_any_terminal(probe_apart: Run):
    done = probe_apart("probe", "list", "--json", PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert json.loads(done.out)[0]["full_name"] == "王喆"


def test_an_error_is_the_document(probe: Run):
    done = probe("probe", "fail", "conflict", "--json")
    error = json.loads(done.out)["error"]
    assert error["code"] == "stranger.conflict"
    assert error["kind"] == "conflict"
    assert error["params"] == {"why": "tested"}
    assert "stranger.conflict" in done.err
    assert done.code == 4


def test_what_was_shown_before_an_error_is_kept(probe: Run):
    told = json.loads(probe("probe", "fail", "refused", "--partial", "--json").out)
    assert told["partial"]["name"] == "before"
    assert told["error"]["kind"] == "refused"


@pytest.mark.parametrize("argv", [("nonsense",), ("probe", "show"), ("probe",), ("probe", "show", "x", "--nonsense")])
def test_a_wrong_command_line_is_a_document_too(probe: Run, argv: tuple[str, ...]):
    done = probe("--json", *argv)
    assert done.code == 2
    error = json.loads(done.out)["error"]
    assert error["code"] == "cli.usage"
    assert error["hint"]


def test_leaving_early_keeps_what_was_shown(probe: Run):
    done = probe("plugin", "check", "--json")
    assert done.code == 1  # the stranger's own command is cracked
    assert "stranger_nowhere" in json.dumps(json.loads(done.out))
