"""Settings: one table, read from the environment (``PARLEY_X`` or ``PARLEY_X_FILE``); anything unknown stops the start."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from ..outgoing.addresses import parse_networks

T = TypeVar("T")


class ConfigError(Exception):
    """A setting is unknown or malformed; the server does not start."""


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One row of the table. ``help`` ends up in docs/configuration.md."""

    name: str
    default: T
    unit: str
    help: str
    parse: Callable[[str], T]

    @property
    def variable(self) -> str:
        return f"PARLEY_{self.name.upper()}"


def _text(value: str) -> str:
    return value


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError(f"must be from {low} to {high}")
        return number

    return parse


def _seconds(value: str) -> float:
    number = float(value)
    if not 0 < number <= 3600:
        raise ValueError("must be more than 0 and at most 3600")
    return number


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("must be a http or https URL")
    return value.rstrip("/")


def _database_url(value: str) -> str:
    if urlsplit(value).scheme not in ("postgres", "postgresql"):
        raise ValueError("must be a postgresql:// URL")
    return value


def _address(value: str) -> str:
    return value if value == "localhost" else str(ipaddress.ip_address(value))


def _network_list(value: str) -> str:
    parse_networks(value)
    return value


def read_waits(value: str) -> tuple[float, ...]:
    """The numbers of ``webhook_retry_s``. Raises ValueError."""
    return tuple(float(word) for word in value.split(","))


def _flag(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ValueError("must be true or false")
    return value.lower() == "true"


def _waits(value: str) -> str:
    if not all(0 < wait <= 604_800 for wait in read_waits(value)):
        raise ValueError("each must be more than 0 and at most 604800")
    return value


SETTINGS: tuple[Setting[Any], ...] = (
    Setting("data", "data", "folder", "Where the embedded database and other files live.", _text),
    Setting(
        "database_url",
        "",
        "URL",
        "A PostgreSQL of yours instead of the embedded one; log in as the role that owns Parley's tables.",
        _database_url,
    ),
    Setting("host", "127.0.0.1", "address", "Where the server listens.", _address),
    Setting("port", 8080, "port", "Where the server listens.", _whole(1, 65535)),
    Setting("workers", 1, "processes", "How many processes answer requests.", _whole(1, 64)),
    Setting("public_url", "", "URL", "The address that clients use, when it differs from the one they ask (a proxy).", _url),
    Setting("max_connections", 16, "connections", "Database connections per worker, at most.", _whole(2, 200)),
    Setting("rate_limit", 60000, "requests/minute", "Per caller and worker on the DevRev wire; 0 for none.", _whole(0, 10_000_000)),
    Setting(
        "public_rate_limit",
        3000,
        "requests/minute",
        "Per address and worker where nobody has a token (Chatwoot's public API); 0 for none, as behind a proxy that limits.",
        _whole(0, 10_000_000),
    ),
    Setting("max_body_bytes", 2_000_000, "bytes", "The largest request body that is read.", _whole(1000, 100_000_000)),
    Setting("event_days", 30, "days", "How long events stay in the feed; 0 for ever.", _whole(0, 36500)),
    Setting("chatwoot_page_size", 25, "conversations", "Chatwoot's CONVERSATION_RESULTS_PER_PAGE.", _whole(1, 1000)),
    Setting(
        "renderings", True, "true/false", "Whether encoded conversations are kept beside their rows, ready for the next who asks.", _flag
    ),
    Setting("search_budget_s", 2.0, "seconds", "How long a search for a term under three characters may walk.", _seconds),
    Setting("live_connections", 2000, "connections", "Live connections (WebSockets at /cable) per worker, at most.", _whole(1, 100_000)),
    Setting("blob_folder", "", "folder", "Where uploaded files are kept; `blobs` inside the data folder when empty.", _text),
    Setting("s3_bucket", "", "bucket", "Keeps uploaded files in this bucket of an S3-compatible store instead of a folder.", _text),
    Setting("s3_endpoint", "", "URL", "Where that store is, when it is not Amazon's.", _url),
    Setting("s3_region", "us-east-1", "region", "The bucket's region.", _text),
    Setting("s3_access_key", "", "key", "The store's access key; without one the machine's own credentials are used.", _text),
    Setting("s3_secret_key", "", "secret", "The secret that belongs to it; better given as a file.", _text),
    Setting("max_upload_bytes", 100_000_000, "bytes", "The largest file that is taken.", _whole(1, 2_147_483_647)),
    Setting("upload_link_s", 3600, "seconds", "How long a prepared upload may be sent.", _whole(1, 86400)),
    Setting("download_link_s", 3600, "seconds", "How long the link to a file lasts, at least.", _whole(1, 604_800)),
    Setting(
        "outgoing_networks",
        "",
        "networks",
        "Networks in CIDR notation, or `loopback`, separated by commas, that webhooks may reach though they are not public.",
        _network_list,
    ),
    Setting("webhook_timeout_s", 5.0, "seconds", "How long an endpoint may take to answer a delivery.", _seconds),
    Setting(
        "webhook_retry_s",
        "5,300,1800,7200,18000,36000,50400,72000,86400",
        "seconds",
        "The waits before a failed delivery is tried again, separated by commas; after the last it has failed.",
        _waits,
    ),
    Setting("delivery_log_days", 30, "days", "How long deliveries that ended stay in the log.", _whole(1, 3650)),
    Setting("log_level", "info", "level", "debug, info, warning or error.", _text),
)
# What the examples of the docs read from a caller's shell; no settings, and no reason not to start in that shell.
CLIENT_VARIABLES = frozenset({"PARLEY_URL", "PARLEY_TOKEN", "PARLEY_ACCOUNT"})
_BY_VARIABLE = {setting.variable: setting for setting in SETTINGS}


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one process; fields are named as in the table."""

    data: str
    database_url: str
    host: str
    port: int
    workers: int
    public_url: str
    max_connections: int
    rate_limit: int
    public_rate_limit: int
    max_body_bytes: int
    event_days: int
    chatwoot_page_size: int
    renderings: bool
    search_budget_s: float
    live_connections: int
    blob_folder: str
    s3_bucket: str
    s3_endpoint: str
    s3_region: str
    s3_access_key: str
    s3_secret_key: str = field(repr=False)
    max_upload_bytes: int
    upload_link_s: int
    download_link_s: int
    outgoing_networks: str
    webhook_timeout_s: float
    webhook_retry_s: str
    delivery_log_days: int
    log_level: str


def load(environment: Mapping[str, str], **overrides: Any) -> Config:
    """Reads every setting; overrides (the command line) win. Raises ConfigError naming the variable."""
    values = {setting.name: setting.default for setting in SETTINGS}
    for variable, raw in environment.items():
        if variable.startswith("PARLEY_") and variable not in CLIENT_VARIABLES:
            setting, text = _find(variable, raw)
            values[setting.name] = _parse(setting, variable, text)
    values.update({name: value for name, value in overrides.items() if value is not None})
    if values["log_level"] not in ("debug", "info", "warning", "error"):
        raise ConfigError("PARLEY_LOG_LEVEL: must be debug, info, warning or error")
    if bool(values["s3_access_key"]) != bool(values["s3_secret_key"]):
        raise ConfigError("PARLEY_S3_SECRET_KEY: goes with PARLEY_S3_ACCESS_KEY; give both or neither")
    return Config(**values)


def _find(variable: str, raw: str) -> tuple[Setting[Any], str]:
    setting = _BY_VARIABLE.get(variable)
    if setting is not None:
        return setting, raw
    setting = _BY_VARIABLE.get(variable.removesuffix("_FILE"))
    if setting is None or not variable.endswith("_FILE"):
        raise ConfigError(f"{variable}: there is no such setting (see docs/configuration.md)")
    try:
        return setting, Path(raw).read_text().strip()
    except OSError as error:
        raise ConfigError(f"{variable}: cannot read {raw}: {error.strerror}") from error


def _parse(setting: Setting[Any], variable: str, text: str) -> Any:
    try:
        return setting.parse(text)
    except ValueError as error:
        raise ConfigError(f"{variable}: {error}") from error


def document() -> str:
    """docs/configuration.md, kept in step by a test."""
    lines = [
        "# Configuration",
        "",
        "Each setting is an environment variable. With `_FILE` behind its name the value is read from that file.",
        "An unknown `PARLEY_` variable or a malformed value stops the start. Command-line options win.",
        "",
        "| variable | default | unit | what it does |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{s.variable}` | {_shown(s.default)} | {s.unit} | {s.help} |" for s in SETTINGS]
    return "\n".join(lines) + "\n"


def _shown(default: object) -> str:
    words = str(default).lower() if isinstance(default, bool) else str(default)
    return f"`{words}`" if words else "none"
