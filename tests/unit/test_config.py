"""Settings fail loud: what is unknown or malformed stops the start and names the variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.server import config


def test_defaults_and_unrelated_variables() -> None:
    settings = config.load({"PATH": "/bin"})
    assert (settings.port, settings.workers, settings.host) == (8080, 1, "127.0.0.1")


def test_every_setting_is_a_field_of_config() -> None:
    assert [setting.name for setting in config.SETTINGS] == list(config.Config.__dataclass_fields__)


def test_the_command_line_wins_over_the_environment() -> None:
    assert config.load({"PARLEY_PORT": "9000"}, port=9001).port == 9001
    assert config.load({"PARLEY_PORT": "9000"}, port=None).port == 9000


def test_a_value_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://db.example/parley\n")
    assert config.load({"PARLEY_DATABASE_URL_FILE": str(secret)}).database_url == "postgresql://db.example/parley"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PARLEY_PROT", "8080"),
        ("PARLEY_PORT", "http"),
        ("PARLEY_PORT", "70000"),
        ("PARLEY_WORKERS", "0"),
        ("PARLEY_HOST", "example.com:80"),
        ("PARLEY_PUBLIC_URL", "ftp://example.com"),
        ("PARLEY_DATABASE_URL", "mysql://db"),
        ("PARLEY_SEARCH_BUDGET_S", "0"),
        ("PARLEY_LOG_LEVEL", "loud"),
        ("PARLEY_OUTGOING_NETWORKS", "loopback,10.0.0.1/8"),
        ("PARLEY_OUTGOING_NETWORKS", "localhost"),
        ("PARLEY_PORT_FILE", "/does/not/exist"),
        ("PARLEY_NOPE_FILE", "/does/not/exist"),
    ],
)
def test_what_cannot_be_understood_stops_the_start(variable: str, value: str) -> None:
    with pytest.raises(config.ConfigError, match=variable):
        config.load({variable: value})
