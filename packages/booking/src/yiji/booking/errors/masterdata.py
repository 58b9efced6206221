"""What is wrong with master data, rules and their files."""

from yiji.core.errors import Kind, YijiError


class UnknownExam(YijiError):
    """The catalogue has no such examination. Parameters: code."""

    code = "booking.unknown_exam"
    kind = Kind.INVALID


class BadCatalogue(YijiError):
    """Master data does not hold together. Parameters: count, problems."""

    code = "booking.bad_catalogue"
    kind = Kind.INVALID


class StillNeeded(YijiError):
    """What is to be taken out of the master data is needed. Parameters: count, needs."""

    code = "booking.still_needed"
    kind = Kind.REFUSED


class BadFile(YijiError):
    """A file of master data cannot be read. Parameters: file, count, problems."""

    code = "booking.bad_file"
    kind = Kind.INVALID


class BadPools(YijiError):
    """Shares of pools do not fit into a slot. Parameters: capacity, problems."""

    code = "booking.bad_pools"
    kind = Kind.INVALID


class BadRules(YijiError):
    """A rule set contradicts itself or does not fit the catalogue. Parameters: count, findings."""

    code = "booking.bad_rules"
    kind = Kind.INVALID


class NoRules(YijiError):
    """No rules were ever put in force."""

    code = "booking.no_rules"
    kind = Kind.NOT_FOUND


class BadRuleFile(YijiError):
    """A file of rules cannot be read. Parameters: file, problems."""

    code = "booking.bad_rule_file"
    kind = Kind.INVALID
