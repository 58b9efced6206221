"""Compiling loops by numba, and loading the machine code again. Import it inside functions only: it is heavy.

The machine code is cached beside its source, or where numba finds room; without any room it is made anew each time.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

from numba import njit  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
from numba.core import caching, runtime  # pyright: ignore[reportMissingTypeStubs]

F = TypeVar("F", bound=Callable[..., Any])
_Cache: Any = cast(Any, caching).FunctionCache


class _Loader(_Cache):
    """numba's cache on disk, but for what numba does before it looks there.

    It readies all that compiling needs (half a second, `scipy.linalg` among it). Machine code that was kept needs only
    the memory's own functions, and where none was kept, compiling readies the rest by itself.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        cast(Any, runtime).rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


def compiled(function: F) -> F:
    """Compile on first use; keep the machine code where a place for it can be found.

    For loops over arrays and numbers: hashing and threads have functions of their own, which `_Loader` does not ready;
    an array's methods (`mean`, `max`) bring numba's whole linear algebra along.
    """
    dispatcher = cast(Any, njit)(nogil=True)(function)
    with suppress(RuntimeError):  # no directory to write the cache to
        dispatcher._cache = _Loader(function)
    return dispatcher
