"""The workspace is laid out as docs/map.md says."""

from tests.hygiene.workspace import ROOT, members, root_project, short

NAMESPACE = "yiji"


def test_nobody_claims_the_namespace():
    claimed = [short(path) for path in ROOT.glob("**/src/yiji/__init__.py") if ".venv" not in path.parts]
    assert not claimed


def test_every_member_is_typed():
    assert not [member.name for member in members() if not (member.source / "py.typed").is_file()]


def test_all_members_have_one_version_and_pin_one_another_to_it():
    version = root_project()["project"]["version"]
    assert {member.name: member.version for member in members()} == {member.name: version for member in members()}
    for member in members():
        extras = [need for needs in member.project.get("optional-dependencies", {}).values() for need in needs]
        for need in [*member.dependencies, *extras]:
            if need.startswith(NAMESPACE) and "[" not in need:
                assert need.endswith(f"=={version}"), f"{member.name} does not pin {need}"


def test_the_workspace_installs_every_member():
    by_name = {member.name: member for member in members()}
    extras = by_name["yiji"].project["optional-dependencies"]
    wanted = [*root_project()["project"]["dependencies"], *(need for needs in extras.values() for need in needs)]
    named = {need.split("==")[0].split("[")[0] for need in wanted}
    assert set(by_name) - named - {"yiji-core"} == set()


def test_the_import_contracts_watch_every_member():
    watched = set(root_project()["tool"]["importlinter"]["root_packages"])
    assert watched == {member.module for member in members()}


def test_every_plugin_names_its_manifest():
    for member in members():
        entries = member.project.get("entry-points", {}).get("yiji.plugins", {})
        if not entries and member.module in {"yiji.core", "yiji.cli", "yiji.tui"}:
            continue  # core's manifest is built in; a face may bring none
        (manifest,) = entries.values()
        assert manifest == f"{member.module}.plugin"
        assert (member.source / "plugin.py").is_file(), f"{member.name} has no plugin.py"


def test_ci_runs_the_command_that_the_readmes_give():
    command = "pip install uv && uv run nox"
    assert command in (ROOT / ".ci" / "run").read_text("utf-8")
    for name in ("README.md", "README.zh.md"):
        assert command in (ROOT / name).read_text("utf-8"), f"{name} does not give the test command"


def test_no_forge_has_files_of_its_own_here():
    vendors = (".github", ".gitlab-ci.yml", ".gitea", ".circleci", "azure-pipelines.yml", "Jenkinsfile", ".travis.yml")
    assert not [name for name in vendors if (ROOT / name).exists()]


def test_every_member_ships_the_licence_of_the_root():
    licence = (ROOT / "LICENSE").read_bytes()
    assert b"Apache License" in licence
    assert not [member.name for member in members() if (member.folder / "LICENSE").read_bytes() != licence]
