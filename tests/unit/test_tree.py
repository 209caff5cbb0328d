"""The tree works on anybody's machine: it names no package registry and no folder of a developer's."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = re.compile(
    r"(?i)\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org|index[-_]url\b\s*[=:]|file:///|find[-_]links\s*[=:])"
)
DEVELOPERS_PATH = re.compile(r"(?<![\w.])/(?:home/[a-z]|Users/[A-Za-z]|root/|work/|opt/(?:pypi|wheels))")
LOCKS = ("requirements.lock", "requirements-dev.lock")


def texts() -> dict[str, str]:
    """Every text file that git tracks or would track, but this one."""
    listed = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    files = {name: ROOT / name for name in names if name and (ROOT / name).is_file()}
    own_name = str(Path(__file__).relative_to(ROOT))
    return {name: path.read_text(errors="ignore") for name, path in files.items() if name != own_name}


def test_no_file_names_a_registry_or_a_developers_folder() -> None:
    found = {name: hit[0] for name, text in texts().items() for hit in [offence(text)] if hit}
    assert not found


def offence(text: str) -> re.Match[str] | None:
    return REGISTRY.search(text) or DEVELOPERS_PATH.search(text)


def test_the_locks_hold_only_pins_and_hashes() -> None:
    pin = re.compile(r"(#.*|\s+#.*|[a-z0-9.-]+==\S+( ;.*)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?)$")
    for lock in LOCKS:
        for line in (ROOT / lock).read_text().splitlines():
            assert pin.match(line), f"{lock}: {line}"
