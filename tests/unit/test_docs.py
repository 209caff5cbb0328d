"""Pages that are made from code are in step with it, and no page leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parley.domain.stages import STOCK_STAGES
from parley.reference import document
from parley.server import config
from parley.server.reference import APIS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "parley").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_configuration_is_told_as_it_is() -> None:
    assert (ROOT / "docs/configuration.md").read_text() == config.document(), "run: make docs"


def test_what_the_examples_read_does_not_stop_a_start() -> None:
    shell = {"PARLEY_TOKEN": "prl_x", "PARLEY_ACCOUNT": "1", "PARLEY_URL": "http://127.0.0.1:8080"}
    assert config.load(shell) == config.load({})
    with pytest.raises(config.ConfigError, match="PARLEY_TOKENS"):
        config.load({"PARLEY_TOKENS": "x"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_in_the_tree_leads_to_a_file(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text()) if "://" not in target]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("face", ["devrev", "chatwoot"])
def test_each_section_of_a_ledger_names_the_tests_that_pin_it(face: str) -> None:
    heads = re.findall(r"^## (.+)$", (ROOT / f"parley/{face}/README.md").read_text(), re.MULTILINE)
    assert len(heads) > 10
    for head in heads:
        named = re.fullmatch(r"[^()]+ \(([^()]+)\)", head)
        assert named, f"{head}: names no test"
        paths = [name if "/" in name else f"tests/wire/test_{face}_{name}.py" for name in named[1].split(", ")]
        assert [path for path in paths if not (ROOT / path).is_file()] == [], head


def test_the_readme_names_make_targets_that_exist() -> None:
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"^make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {"serve", "test"} <= named <= made


def test_the_readme_asks_paths_that_are_served() -> None:
    asked = re.findall(r"127\.0\.0\.1:8080(/[^\s\"`?]+)", (ROOT / "README.md").read_text())
    paths = {path.replace("{account_id}", "$PARLEY_ACCOUNT") for path in document.build("/", APIS)["paths"]}
    assert len(asked) >= 3
    assert set(asked) <= paths


def test_the_readme_has_a_curl_line_for_each_api() -> None:
    lines = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("curl ")]
    for path in ("/conversations.list", "/conversations.export", "/api/v1/accounts/$PARLEY_ACCOUNT/conversations"):
        assert any(path in line for line in lines), path


def test_the_glossary_tells_each_stage_with_its_state_and_status() -> None:
    rows = set(re.findall(r"^\| (\w+) \| (\w+) \| (\w+) \|$", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE))
    assert {(stage.name, stage.state, stage.status) for stage in STOCK_STAGES} == rows - {("stage", "state", "status")}
