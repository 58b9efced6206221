"""What the daemons do beforehand, so that nobody waits for it: a solver and a dictionary are slow to import."""

from yiji.core.app import App


def warm(app: App) -> None:
    """Import the planner's solver."""
    from yiji.booking.planning import warm as planner

    planner()


def warm_names(app: App) -> None:
    """Import the dictionary by which names are spelt."""
    from yiji.booking.people.spelling import spell

    spell("张三")
