"""The hospital's own booking rule: its departments lie in two buildings, so a patient needs time to walk."""

from datetime import timedelta

from yiji.booking.hooks import Proposal, Refusal

WALK = timedelta(minutes=10)


def time_to_walk(proposal: Proposal) -> Refusal | None:
    """Refuse an examination that begins or ends within ten minutes of another kind of examination."""
    for other in proposal.others:
        near = proposal.starts_at < other.ends_at + WALK and other.starts_at < proposal.ends_at + WALK
        if near and other.live and other.exam.code != proposal.exam.code:
            return Refusal(
                "两项检查之间需留 10 分钟步行时间", other.id, other.ends_at + WALK, "10 minutes to walk are needed"
            )
    return None
