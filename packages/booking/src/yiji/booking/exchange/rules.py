"""A rule set as TOML."""

import tomli_w

from yiji.core.contract.rule import RuleSet, plain


def rules_to_toml(rules: RuleSet) -> str:
    """Return a rule set without what is left at its default; loading it gives the same rule set again."""
    return tomli_w.dumps(plain(rules))
