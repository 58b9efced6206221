"""The generated files: fresh, clean under buf's lint, and saying what the run-time descriptors say."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc_tools
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from tests.core.rpc_stranger import AskStranger, CountGuesses, Guess, Mood
from yiji.core.message import Value
from yiji.core.plug.manifest import Handles
from yiji.core.rpc import catalogue, generate, numbers, pool, schema, shape
from yiji.core.rpc.numbers import Entry
from yiji.core.rpc.text import print_file

ROOT = Path(__file__).parents[2]
HINT = "stale: run `python -m yiji.core.rpc.generate`"


def _plain(file: FileDescriptorProto) -> FileDescriptorProto:
    """Without the JSON names that protoc adds."""
    plain = FileDescriptorProto()
    plain.CopyFrom(file)
    for message in plain.message_type:
        for holder in (message, *message.nested_type):
            for field in holder.field:
                field.ClearField("json_name")
    plain.dependency.sort()
    return plain


def _compile(tmp_path: Path, *names: str, also: Path = generate.PROTO) -> dict[str, FileDescriptorProto]:
    out = tmp_path / "set.bin"
    known = Path(grpc_tools.__file__).parent / "_proto"
    # A process of its own: the compiler and OR-Tools each bring a protobuf, and one process cannot hold both.
    places = [f"-I{place}" for place in (also, generate.PROTO, known)]
    command = [sys.executable, "-m", "grpc_tools.protoc", *places, f"--descriptor_set_out={out}", *names]
    subprocess.run(command, check=True)
    return {file.name: file for file in FileDescriptorSet.FromString(out.read_bytes()).file}


def test_generated_files_are_fresh() -> None:
    told = generate.contents(ROOT)
    assert len(told) > 8
    assert generate.stale(told) == [], HINT


def test_a_changed_file_is_seen_as_stale(tmp_path: Path) -> None:
    told = {tmp_path / "a.proto": "as it should be"}
    assert tmp_path / "a.proto" in generate.stale(told)
    (tmp_path / "a.proto").write_text("as it should be")
    assert tmp_path / "a.proto" not in generate.stale(told)


def test_buf_lint_is_clean() -> None:
    buf = Path(sys.executable).with_name("buf")
    done = subprocess.run([buf, "lint"], cwd=generate.PROTO, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_text_and_run_time_agree(tmp_path: Path) -> None:
    """protoc reads the .proto files as the very descriptors that the codec uses (plugins may add messages there)."""
    names = sorted(path.relative_to(generate.PROTO).as_posix() for path in generate.PROTO.rglob("*.proto"))
    compiled = _compile(tmp_path, *names)
    running = {file.name: _plain(file) for file in pool.book().files}
    assert compiled
    for name, file in compiled.items():
        plain, there = _plain(file), running[name]
        assert plain.package == there.package
        for told, known in ((plain.message_type, there.message_type), (plain.enum_type, there.enum_type)):
            by_name = {made.name: made for made in known}
            assert [made for made in told if by_name[made.name] != made] == []
        assert list(plain.service) == list(there.service)


def test_the_lock_knows_every_message_of_the_contract() -> None:
    lock = schema.renew({}, catalogue.packages(catalogue.contract_modules()))
    assert set(lock) <= set(numbers.committed())
    assert "yiji.booking.v1.BookExamRequest" in lock


def test_numbers_are_kept_and_never_come_back() -> None:
    before = Entry().renew({"id": "string", "reason": "string", "days": "int64"})
    assert before.fields == {"id": (1, "string"), "reason": (2, "string"), "days": (3, "int64")}
    after = before.renew({"days": "string", "id": "string", "at": "google.protobuf.Timestamp"})
    assert after.fields["id"] == (1, "string")  # order in the source does not matter
    assert after.gone == {2: "reason", 3: "days"}
    assert {after.fields["days"][0], after.fields["at"][0]} == {4, 5}  # another type is another field
    again = after.renew({"id": "string", "reason": "string"})
    assert again.fields["reason"] == (6, "string")
    assert numbers.parse(numbers.dump({"a.B": again})) == {"a.B": again}


def test_numbers_step_over_protobufs_own() -> None:
    assert Entry({"last": (18999, "string")}).renew({"last": "string", "new": "bool"}).fields["new"] == (20000, "bool")


class _Union(Value):
    either: int | str


class _Fixed(Value):
    pair: tuple[int, int]


class _FullList(Value):
    names: tuple[str, ...] = ("a",)


class _NoneOrSeven(Value):
    days: int | None = 7


class _Other(Value):
    what: complex


@pytest.mark.parametrize("model", [_Union, _Fixed, _FullList, _NoneOrSeven, _Other])
def test_what_cannot_travel_is_refused_when_the_schema_is_built(model: type[Value]) -> None:
    with pytest.raises(shape.CannotTravel, match=model.__name__):
        shape.shapes(model)


class _Provides:
    def __init__(self, *messages: str) -> None:
        self._messages = messages

    def records(self, kind: type[Any]) -> list[Handles]:
        return [Handles(message, "nowhere:handler") for message in self._messages]


def test_a_plugins_messages_are_served_under_its_own_package(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And one that cannot be told is named in the log and left out, not the whole server with it."""
    here = AskStranger.__module__
    provided = _Provides(
        f"{here}:AskStranger", "yiji.core.contract.booking:BookExam", "not_installed.contract:AskNothing"
    )
    monkeypatch.setattr(catalogue, "plugins", lambda: provided)
    assert catalogue.plugin_modules() == [here]
    assert "not_installed.contract:AskNothing" in caplog.text
    published = catalogue.packages([here])
    stranger = next(package for package in published if package.module == here)
    assert (stranger.requests, stranger.values, stranger.enums) == ([AskStranger, CountGuesses], [Guess], [Mood])
    assert catalogue.method_path(AskStranger) == f"/{here}.v1.RpcStrangerService/AskStranger"


def test_every_shape_and_what_is_gone_is_printed_as_it_is_meant(tmp_path: Path) -> None:
    """The text of a stranger's package with a history is read by protoc as the descriptors that it was printed from."""
    stem = "tests.core.rpc_stranger.v1"
    before = {
        f"{stem}.Guess": Entry({"old": (1, "string"), "share": (2, "string"), "maybe": (3, "bytes")}),
        f"{stem}.Mood": Entry({"ANGRY": (1, "angry"), "SAD": (2, "sad")}),
    }
    published = catalogue.packages([AskStranger.__module__])
    files = schema.files_of(published, schema.renew(before, published))
    package, file = next(pair for pair in zip(published, files, strict=True) if pair[1].package == stem)
    path = tmp_path / file.name
    path.parent.mkdir(parents=True)
    path.write_text(print_file(package, file), "utf-8")
    compiled = _compile(tmp_path, file.name, also=tmp_path)[file.name]
    assert _plain(compiled) == _plain(file)
    guess = next(made for made in compiled.message_type if made.name == "Guess")
    assert [(span.start, span.end) for span in guess.reserved_range] == [(1, 2), (2, 3)]
    assert list(guess.reserved_name) == ["old"]  # `share` is a name in use again
    assert {field.name: field.number for field in guess.field}["maybe"] == 3
    assert list(compiled.enum_type[0].reserved_name) == ["MOOD_ANGRY"]
