"""The hospital's own booking rule: its departments lie in two buildings, so a patient needs time to walk."""

from datetime import timedelta

from yiji.booking.hooks import Proposal, Refusal

WALK = timedelta(minutes=10)


def time_to_walk(proposal: Proposal) -> Refusal | None:
    """Refuse an examination that begins or ends within ten minutes of another kind of examination."""
    for appointment, exam, starts_at, ends_at in proposal.others:
        near = proposal.starts_at < ends_at + WALK and starts_at < proposal.ends_at + WALK
        if near and exam != proposal.order.exam_code:
            return Refusal("两项检查之间需留 10 分钟步行时间", appointment, ends_at + WALK)
    return None
