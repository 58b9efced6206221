"""Every message is handled, every event is said and heard, and what the manifests name is there."""

import ast
import re
from collections import Counter
from importlib import import_module

import pytest

from tests.hygiene.manifests import events, records, requests, resolve
from tests.hygiene.workspace import members, modules
from yiji.core.actor import ROLES, permits
from yiji.core.message import Command, Event, Query, Request, Watch
from yiji.core.plug.manager import plugins
from yiji.core.plug.manifest import Commands, Daemon, Errors, Handles, Hooks, Listens, Locale, Migrations, Warms
from yiji.core.reference import hook_modules, hook_specs, record_types

# Messages that nobody here answers, and events that nobody here hears, each with its reason.
NOT_HANDLED: dict[str, str] = {}
NOT_HEARD: dict[str, str] = {
    "yiji.core.contract.queue:PatientCheckedIn": "for a hospital's own displays",
    "yiji.core.contract.queue:PatientCalled": "for a hospital's own displays and announcements",
    "yiji.core.contract.queue:QueueChanged": "for a hospital's own displays; it wakes those who watch the queue",
    "yiji.core.contract.booking:ExamHeld": "for a hospital's own messages",
    "yiji.core.contract.booking:RefundDue": "for the cashier's system, by a plugin of the hospital's",
    "yiji.core.contract.booking:RuleOverridden": "for a hospital's own reviews; the audit has it too",
    "yiji.core.contract.patient:PatientBlocked": "for a hospital's own messages",
    "yiji.core.contract.patient:PatientMerged": "for systems that keep patients of their own",
    "yiji.core.contract.patient:PatientUnmerged": "for systems that keep patients of their own",
    "yiji.core.contract.order:OrderRegistered": "for a hospital's own reminders; the desk asks for its orders",
}


def test_no_plugin_is_broken():
    assert not {plugin.name: plugin.broken for plugin in plugins().found if plugin.broken}


def test_every_request_is_handled_once():
    handled = Counter(record.message for record in records(Handles))
    assert set(requests()) - set(handled) == set(NOT_HANDLED)
    assert not [message for message, times in handled.items() if times > 1]


def test_every_request_names_a_permission_that_somebody_has():
    people = set(ROLES) - {"admin", "system"}
    for target, request in requests().items():
        assert re.fullmatch(r"[a-z]+\.[a-z]+", request.permission), target
        own = request.permission.startswith(("access.", "catalogue.", "outbox.", "delivery."))  # administrators' work
        assert own or any(permits(role, request.permission) for role in people), f"no role has {request.permission}"


def test_a_request_without_a_permission_cannot_be_defined():
    with pytest.raises(TypeError, match="permission"):
        type("Loose", (Command[Event],), {"__module__": __name__})


def test_a_watch_is_answered_by_itself_and_only_a_query_asks_for_a_transaction():
    for record in records(Handles):
        message = resolve(record.message)
        assert issubclass(message, Request)
        assert record.batch == 1 or not issubclass(message, Watch), record
        assert not record.whole or issubclass(message, Query), record  # a command has one anyway


def test_every_event_is_heard():
    heard = {record.event for record in records(Listens)}
    assert {target for target in heard if not issubclass(resolve(target), Event)} == set()
    assert set(events()) - heard == set(NOT_HEARD)


def test_every_event_is_said():
    trees = [ast.parse(path.read_text("utf-8")) for member in members() for path in modules(member)]
    used = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not [event.__name__ for event in events().values() if event.__name__ not in used]


@pytest.mark.parametrize("kind", [Listens, Daemon, Commands])
def test_names_are_unique(kind: type):
    names = Counter(record.name for record in records(kind))
    assert not [name for name, times in names.items() if times > 1]


@pytest.mark.parametrize("kind", [Handles, Listens, Daemon, Commands, Warms])
def test_every_target_is_there(kind: type):
    for record in records(kind):
        assert callable(resolve(record.target)), record


def test_only_daemons_that_are_there_are_warmed():
    assert {record.daemon for record in records(Warms)} <= {record.name for record in records(Daemon)}


def test_every_package_that_a_manifest_names_is_there():
    named = [record.package for kind in (Migrations, Locale) for record in records(kind)]
    for module in [*named, *(record.module for kind in (Errors, Hooks) for record in records(kind))]:
        assert import_module(module).__doc__, f"{module} does not say what it is"


def test_every_hook_is_documented_and_typed():
    hooks = [(name, hook) for module in hook_modules() for name, hook in hook_specs(module)]
    assert len(hooks) > 1
    for name, hook in hooks:
        sentence = " ".join((hook.__doc__ or "").split())
        assert re.fullmatch(r"[A-Z].{10,250}\.", sentence), f"{name} is not told in a sentence"
        assert record_types(hook), f"{name} does not name the records that it returns"


def test_every_hook_is_opened_under_its_wings_name():
    for module in hook_modules()[1:]:
        wing = module.__name__.split(".")[-2]
        assert not [name for name, _ in hook_specs(module) if not name.startswith(f"{wing}_")]
