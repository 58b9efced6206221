"""Core's own manifest: users, deliveries, the daemons of the house, and its commands."""

from collections.abc import Sequence

from yiji.core.plug import Commands, Daemon, Errors, Handles, Locale, Migrations, Reads, Record, Warms, hookimpl


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """Users, deliveries, relay and analysis lanes, the gRPC daemon."""
    return (
        Handles("yiji.core.contract.access:AddUser", "yiji.core.access:add_user"),
        Handles("yiji.core.contract.access:IssueToken", "yiji.core.access:issue_token"),
        Handles("yiji.core.contract.access:IssuePatientToken", "yiji.core.access:issue_patient_token"),
        Handles("yiji.core.contract.access:ListUsers", "yiji.core.access:list_users"),
        Handles("yiji.core.contract.delivery:ListDeliveries", "yiji.core.deliveries:list_deliveries"),
        Handles("yiji.core.contract.delivery:RetryDelivery", "yiji.core.deliveries:retry_delivery"),
        Daemon("rpc", "yiji.core.rpc.daemon:run", "the gRPC server", "gRPC 服务"),
        Daemon("relay", "yiji.core.serve:relay", "brings events to their listeners", "事件中继", behind=True),
        Daemon("analyse", "yiji.core.serve:analyse", "analyses recordings", "波形分析", behind=True),
        Warms("rpc", "yiji.core.serve:warm_routes"),
        Warms("relay", "yiji.core.serve:warm_routes"),
        Commands("init", "yiji.core.cli.site:init", "Make a site.", "建立站点。"),
        Commands("serve", "yiji.core.cli.site:serve", "Run the site's daemons.", "运行站点的服务。"),
        Commands("user", "yiji.core.cli.user:app", "Users and their tokens.", "用户与令牌。"),
        Commands("outbox", "yiji.core.cli.outbox:app", "Events on their way.", "待投递的事件。"),
        Commands("audit", "yiji.core.cli.upkeep:audit_app", "The audit chain.", "审计链。"),
        Commands("db", "yiji.core.cli.upkeep:db_app", "The database.", "数据库。"),
        Commands("plugin", "yiji.core.cli.plugins:app", "Installed plugins.", "已安装的插件。"),
        Migrations("core", "yiji.core.migrations"),
        Locale("yiji.core.locale"),
        Reads("site", "yiji.core.settings:SiteSection"),
        Reads("database", "yiji.core.settings:DatabaseSection"),
        Reads("rpc", "yiji.core.settings:RpcSection"),
        Reads("plugins", "yiji.core.settings:PluginsSection"),
        Errors("yiji.core.errors"),
    )
