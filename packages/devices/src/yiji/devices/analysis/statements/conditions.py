"""The language in which a rule says when it holds: sums and comparisons of named facts, joined by and, or, not.

    pr > 200 and not paced
    sex = 'female' and r.V5 + s.V1 > 3.5
    lead in (V2 V3) and st_j >= 0.2

A comparison with something that is not known does not hold, and neither does a fact that is nought or not known;
``known pr`` asks. ``*`` binds before ``+``, sums before comparisons, these before ``not``, ``and``, ``or``. Nothing of
it is Python's, and nothing can be called: what a condition may look at are the facts that it is given.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

Known = float | str | None
Scope = Callable[[str], Known]
Meaning = Callable[[Scope], Known]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|'(?P<word>[^']*)'|(?P<name>[A-Za-z_]\w*(?:\.\w+)?)|(?P<sign><=|>=|!=|[<>=+\-*/(),]))"
)
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
_SUM: Mapping[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.sub}
_PRODUCT: Mapping[str, Callable[[float, float], float]] = {"*": operator.mul, "/": lambda one, other: one / other}
_RESERVED = {"and", "or", "not", "in", "known"}
_DEEPEST = 50  # brackets and signs inside one another


@dataclass(frozen=True, slots=True)
class Condition:
    """What was written, what it means, and the names of the facts that it looks at."""

    text: str
    meaning: Meaning
    names: frozenset[str]

    def value(self, scope: Scope) -> Known:
        """Return its value in a scope, a function from a name to what is known of it."""
        return self.meaning(scope)

    def holds(self, scope: Scope) -> bool:
        """Say whether it holds."""
        return bool(self.meaning(scope))


@cache
def parse(text: str) -> Condition:
    """Read a condition; raises `ValueError` saying what is not understood, and where."""
    reader = _Reader(text)
    meaning = reader.either()
    reader.end()
    return Condition(text, meaning, frozenset(reader.names))


class _Reader:
    """Reads tokens from left to right; a method for each level of binding."""

    def __init__(self, text: str) -> None:
        self.text, self.names, self.depth = text, set[str](), 0
        self.tokens = _tokens(text)
        self.at = 0

    def either(self) -> Meaning:
        return self._joined("or", self._both, any)

    def _both(self) -> Meaning:
        return self._joined("and", self._negated, all)

    def _joined(self, word: str, part: Callable[[], Meaning], join: Callable[..., bool]) -> Meaning:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else lambda scope: float(join(bool(one(scope)) for one in parts))

    def _negated(self) -> Meaning:
        if self._take("not"):
            inner = self._deeper(self._negated)
            return lambda scope: float(not inner(scope))
        if self._take("known"):
            name = self._name()
            return lambda scope: float(scope(name) is not None)
        return self._comparison()

    def _comparison(self) -> Meaning:
        left = self._sum()
        if self._take("in"):
            words = self._words()
            return lambda scope: float(left(scope) in words)
        kind, sign = self._peek()
        if kind != "sign" or sign not in _COMPARE:
            return left
        self.at += 1
        return _compared(_COMPARE[sign], left, self._sum())

    def _sum(self) -> Meaning:
        return self._counted(_SUM, lambda: self._counted(_PRODUCT, self._atom))

    def _counted(self, signs: Mapping[str, Callable[[float, float], float]], part: Callable[[], Meaning]) -> Meaning:
        meaning = part()
        while self._peek()[0] == "sign" and self._peek()[1] in signs:
            sign = self._next()[1]
            meaning = _calculated(signs[sign], meaning, part())
        return meaning

    def _atom(self) -> Meaning:
        if self._take("("):
            inner = self._deeper(self.either)
            self._expect(")")
            return inner
        if self._take("-"):
            return _calculated(operator.sub, lambda _: 0.0, self._deeper(self._atom))
        kind, text = self._peek()
        if kind == "name":
            name = self._name()
            return lambda scope: scope(name)
        if kind not in ("number", "word"):
            raise self._fault("a number, a name or a bracket")
        self.at += 1
        value = float(text) if kind == "number" else text
        return lambda _: value

    def _words(self) -> frozenset[Known]:
        self._expect("(")
        words: list[Known] = []
        while not self._take(")"):
            kind, text = self._next()
            if kind not in ("name", "word"):
                raise self._fault("a word or )")
            words.append(text)
            self._take(",")
        return frozenset(words)

    def _name(self) -> str:
        kind, text = self._next()
        if kind != "name" or text in _RESERVED:
            raise self._fault("the name of a fact")
        self.names.add(text)
        return text

    def _deeper(self, part: Callable[[], Meaning]) -> Meaning:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._fault("fewer brackets")
        meaning = part()
        self.depth -= 1
        return meaning

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self.at += 1
        return token

    def _take(self, text: str) -> bool:
        kind, found = self._peek()
        taken = kind in ("sign", "name") and found == text
        self.at += taken
        return taken

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._fault(text)

    def end(self) -> None:
        if self._peek()[0] != "end":
            raise self._fault("and, or, or the end")

    def _fault(self, wanted: str) -> ValueError:
        return ValueError(f"{self.text!r}: {wanted} expected at {self._peek()[1] or 'the end'!r}")


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at, text = 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"{text!r}: {text[at:].strip()[:10]!r} is not understood")
        tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
        at = found.end()
    return tokens


def _compared(compare: Callable[[float, float], bool], left: Meaning, right: Meaning) -> Meaning:
    def meaning(scope: Scope) -> float:
        one, other = left(scope), right(scope)
        if isinstance(one, str) and isinstance(other, str):
            return float((one == other) if compare is operator.eq else compare is operator.ne and one != other)
        if isinstance(one, float) and isinstance(other, float):
            return float(compare(one, other))
        return 0.0

    return meaning


def _calculated(calculate: Callable[[float, float], float], left: Meaning, right: Meaning) -> Meaning:
    def meaning(scope: Scope) -> Known:
        one, other = left(scope), right(scope)
        if not isinstance(one, float) or not isinstance(other, float):
            return None
        try:
            return calculate(one, other)
        except ZeroDivisionError:
            return None

    return meaning
