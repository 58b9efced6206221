"""Joint planning 一站式预约: places for several examinations of one patient at once. Pure: no database, no clock.

From the ground up: `problem` what is asked, `runs` where there is room, `pairs` what examinations owe each other,
`ground` which places are legal, `model` and `solving` the same for CP-SAT, `checking` the booking's own decision asked
again, `search` the best plan, `alternatives` what else is offered, `words` why.
"""


def warm() -> None:
    """Import what planning needs, OR-Tools with it, which takes a second or so: for daemons."""
    from yiji.booking.planning import answer

    assert answer
