"""Profiles and channels by their names."""

from typing import Any

from yiji.core.plug import resolve
from yiji.core.plug.manager import Plugins
from yiji.interop.errors import UnknownChannel, UnknownProfile
from yiji.interop.hl7.header import Header
from yiji.interop.hl7.profile import Profile
from yiji.interop.hooks import Channel
from yiji.interop.settings import InteropSection, Peer


def _target(plugins: Plugins, hook: str, name: str) -> Any:
    """Return what a record of this name points at; `LookupError` with the known names when there is none."""
    known = {record.name: record.target for record in plugins.hook(hook)}
    if name not in known:
        raise LookupError(", ".join(sorted(known)))
    return resolve(known[name])


def profile_named(plugins: Plugins, name: str) -> Profile:
    """Return a profile; raises `UnknownProfile`."""
    try:
        return _target(plugins, "interop_profiles", name)
    except LookupError as fault:
        raise UnknownProfile(profile=name, known=fault) from None


def profile_of(plugins: Plugins, section: InteropSection, sender: Header) -> Profile:
    """Return the profile by which a sender's messages are read: its own, else the site's."""
    mllp = section.mllp
    names = (mllp.senders.get(key) for key in (sender.sender, sender.sending_application.split("^")[0]))
    return profile_named(plugins, next((name for name in names if name), mllp.profile))


def channel_to(plugins: Plugins, peer: Peer) -> Channel:
    """Return the channel to a peer; raises `UnknownChannel`."""
    try:
        return _target(plugins, "interop_channels", peer.channel)(peer)
    except LookupError as fault:
        raise UnknownChannel(channel=peer.channel, known=fault) from None


def check(plugins: Plugins, section: InteropSection) -> None:
    """Raise `UnknownProfile` or `UnknownChannel` for the first name of the settings that nobody brings."""
    mllp = section.mllp
    for name in (mllp.profile, *mllp.senders.values(), *(peer.profile for peer in section.peers)):
        profile_named(plugins, name)
    for peer in section.peers:
        channel_to(plugins, peer)
