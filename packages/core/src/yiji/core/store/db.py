"""The way to PostgreSQL: an engine, transactions, and healing after a lost connection."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from pydantic_core import from_json, to_json
from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from yiji.core.errors import BadSetting, StoreUnavailable
from yiji.core.settings import FILE, Settings
from yiji.core.store.bell import Bell
from yiji.core.store.blobs import Blobs

if TYPE_CHECKING:
    from yiji.core.plug.manager import Plugins
    from yiji.core.store.postgres import Cluster

POOL = 16  # connections kept to write, and as many more under load; half of it to read; the server takes 200 in all
PREPARE_AFTER = 2  # times that a statement is sent in full
OFTEN = 4  # connections kept, each way, for what is asked often: as many as there are hands (`core.hands`)
# What is asked often is planned once, for any values, by its indices: planning a booking's statements anew cost as much
# as running them. A plan made while a table was small must not be to read it whole, nor may one that expects more rows
# than come walk along a whole index to merge them: each row is looked up.
PLANNED_ONCE = " ".join(
    f"-c {setting}"
    for setting in (
        "plan_cache_mode=force_generic_plan",
        "enable_seqscan=off",
        "enable_mergejoin=off",
        "enable_hashjoin=off",
    )
)
RETRY_STATES = {"40001", "40P01"}  # serialization failure, deadlock (PostgreSQL appendix A, recalled)


@dataclass(frozen=True, slots=True)
class Tx:
    """What a handler holds: one transaction, and the blobs, settings and plugins of its site."""

    db: Connection
    blobs: Blobs
    settings: Settings
    plugins: "Plugins"


def is_lost(fault: Exception) -> bool:
    """Return whether the connection is gone, rather than the statement wrong."""
    if isinstance(fault, PoolTimeout) or (isinstance(fault, DBAPIError) and fault.connection_invalidated):
        return True
    cause = _cause(fault)
    if isinstance(cause, psycopg.OperationalError):
        return cause.sqlstate is None or cause.sqlstate[:2] in {"08", "57"}
    return isinstance(cause, psycopg.InterfaceError)


def wants_rerun(fault: Exception) -> bool:
    """Return whether the same transaction may succeed when it is run again."""
    return getattr(_cause(fault), "sqlstate", None) in RETRY_STATES


def is_collision(fault: Exception) -> bool:
    """Return whether another transaction wrote the same unique key (SQLSTATE 23505, recalled)."""
    return getattr(_cause(fault), "sqlstate", None) == "23505"


def _cause(fault: Exception) -> BaseException | None:
    """Return psycopg's error: SQLAlchemy wraps those of its own statements, not those of `store.ask`."""
    return fault.orig if isinstance(fault, DBAPIError) else fault


def _checked(settings: Settings, url: str) -> URL:
    """Return the address of a PostgreSQL; raises `BadSetting`, without the password."""
    try:
        read = make_url(url)
    except ArgumentError as fault:
        raise BadSetting(file=settings.root / FILE, setting="database.url", detail=fault) from None
    if read.get_backend_name() != "postgresql":
        detail = f"{read.drivername} is not postgresql"
        raise BadSetting(file=settings.root / FILE, setting="database.url", detail=detail)
    return read.set(drivername="postgresql+psycopg")


def _as_json(value: Any) -> str:
    return to_json(value).decode()


def _engine(url: URL, size: int, options: str = "", **more: Any) -> Engine:
    """Return an engine: the connection used last is used next, for it has its statements planned."""
    arguments: dict[str, Any] = {"prepare_threshold": PREPARE_AFTER}
    if options:  # beside those that the site's own address has
        arguments["options"] = " ".join([*url.normalized_query.get("options", ()), options])
    return create_engine(
        url,
        pool_size=size,
        max_overflow=size,
        pool_timeout=15,
        pool_use_lifo=True,
        connect_args=arguments,
        json_serializer=_as_json,
        json_deserializer=from_json,
        **more,
    )


class Store:
    """The database of one site; `cluster` is the embedded server behind it, if there is one."""

    def __init__(self, settings: Settings, plugins: "Plugins", url: str, cluster: "Cluster | None" = None) -> None:
        self.settings = settings
        self.plugins = plugins
        self.cluster = cluster
        self.url = url
        self.engine = _engine(_checked(settings, url), POOL)
        self._looking = _engine(self.engine.url, POOL // 2, isolation_level="AUTOCOMMIT")
        self._often = _engine(self.engine.url, OFTEN, PLANNED_ONCE)
        self._often_looking = _engine(self.engine.url, OFTEN, PLANNED_ONCE, isolation_level="AUTOCOMMIT")
        self.bell = Bell(self.engine.url)

    @contextmanager
    def begin(self, often: bool = False) -> Generator[Tx]:
        """Open a transaction; it commits when the block ends, and rolls back when it raises.

        What is asked `often` has its statements planned once.
        """
        with (self._often if often else self.engine).begin() as db:
            yield Tx(db, Blobs(self.settings.root, db), self.settings, self.plugins)

    @contextmanager
    def look(self, often: bool = False) -> Generator[Tx]:
        """Open a connection to read: each statement sees what is committed by then, and no BEGIN or COMMIT is sent."""
        with (self._often_looking if often else self._looking).connect() as db:
            yield Tx(db, Blobs(self.settings.root, db), self.settings, self.plugins)

    def heal(self) -> None:
        """After a lost connection: restart the embedded server if it is dead, and forget old connections."""
        if self.cluster is not None:
            self.cluster.ensure()
        self._drop()

    def _drop(self) -> None:
        for engine in (self.engine, self._looking, self._often, self._often_looking):
            engine.dispose()

    @contextmanager
    def told(self) -> Generator[None]:
        """Turn a lost connection into `StoreUnavailable`, after an attempt to heal."""
        try:
            yield
        except (DBAPIError, psycopg.Error) as fault:
            if not is_lost(fault):
                raise
            self.heal()
            raise StoreUnavailable(detail=str(_cause(fault)).strip()) from None

    def close(self) -> None:
        """Let go of the connections, and of the embedded server."""
        self.bell.close()
        self._drop()
        if self.cluster is not None:
            self.cluster.close()
