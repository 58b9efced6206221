"""The private PostgreSQL that yiji starts and supervises itself; runs on Linux.

`open_cluster` makes the cluster of a site if there is none, starts its server if it does not run, and counts this
process among the users; the last user to leave stops the server. Clients come in by a Unix socket with a password,
never by TCP.

Who may do what: the server runs as an ordinary account (started by root: `yiji`, else `postgres`, else a system user
made for it, else `nobody`); the application's role `yiji` owns the database `yiji`, may make databases and take base
backups, and is no superuser. The superuser is the role `postgres`, with the same password.

What lies where:

- ``SITE/database.key``: the password, mode 0600. It also says that this site has a cluster: a site that has the key
  and not the cluster gets an error, never a fresh empty database.
- ``HOME``: setting `database.home`, else (root) ``/var/lib/yiji/<site id>``, else ``SITE/db``. In it `data` (the
  cluster), `run` (the socket), `server.conf` and `pg_hba.conf` (rewritten at each start), `local.conf` (the
  administrator's own settings, which win over `server.conf`), `server.log`, `programs` (root: a copy of the packaged
  programs), and three lock files.

Limits: a server that a systemd unit started ends with that unit (the default KillMode ends the whole control group);
the other users' `Cluster.ensure` starts it again. A user killed by -9 leaves the server running until the next one
leaves. Processes that a user forks share its hold: it must outlive them, or they call `open_cluster` themselves.
"""

from yiji.core.store.postgres.cluster import Cluster, open_cluster

__all__ = ["Cluster", "open_cluster"]
