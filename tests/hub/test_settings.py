"""What the environment makes of the settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def manage(*arguments: str, data_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with exactly this environment."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.defpath, "DATA_DIR": str(data_dir), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_production_without_a_secret_key_refuses_to_start(tmp_path: Path) -> None:
    """DEBUG is off by default, and then SECRET_KEY has no default; the message says what to do."""
    refused = manage("check", data_dir=tmp_path)
    assert refused.returncode != 0
    assert "SECRET_KEY is not set" in refused.stderr


def test_production_passes_the_deployment_checks(tmp_path: Path) -> None:
    """`check --deploy` has nothing to say about a production with a real SECRET_KEY."""
    secret = "kP3v9sYw2mQz7nRt5xLb8cJd4fGh6aVeU1iOoTqWyEu0ZrXsNM"
    done = manage(
        *["check", "--deploy", "--fail-level", "WARNING"], data_dir=tmp_path, SECRET_KEY=secret
    )
    assert (done.returncode, done.stdout) == (
        0,
        "System check identified no issues (0 silenced).\n",
    ), done.stderr


@pytest.mark.django_db
def test_migrations_match_the_models() -> None:
    """`makemigrations --check` finds nothing to add."""
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=1)
