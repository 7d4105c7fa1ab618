"""`make run` without settings: production mode with a key of its own, kept for the next start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.bootstrap import local
from hub.bootstrap.steps import ROOT, SetupError

ASK = "from django.conf import settings as s; print(s.DEBUG, s.DEMO, s.HTTPS, len(s.SECRET_KEY))"


def settings_in(folder: Path, **environment: str) -> str:
    """What a process with only this environment gets as DEBUG, DEMO, HTTPS and the key's length."""
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "hub.settings",
            "DATA_DIR": str(folder),
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An environment in which nothing is set but the data folder."""
    for name in ("SECRET_KEY", "DEBUG", "HTTPS", "DEMO"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def test_the_key_is_made_once_and_only_its_owner_reads_it(bare):
    local.prepare()
    file = bare / "secret_key"
    key = file.read_text()
    assert len(key) > 50
    assert file.stat().st_mode & 0o777 == 0o600
    local.prepare()
    assert file.read_text() == key


def test_the_server_runs_in_production_mode_over_plain_http_with_the_demo(bare):
    local.prepare()
    started = {name: os.environ[name] for name in ("HTTPS", "DEMO")}
    assert settings_in(bare, **started) == "False True False 67"


def test_commands_find_the_key_afterwards(bare):
    local.prepare()
    assert settings_in(bare) == "False False True 67"


def test_who_sets_a_key_or_debug_decides_alone(bare, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "k" * 50)
    local.prepare()
    assert not (bare / "secret_key").exists()
    assert "HTTPS" not in os.environ


def test_a_damaged_key_is_said_before_anything_starts(bare):
    (bare / "secret_key").write_text("short")
    with pytest.raises(SetupError, match="damaged"):
        local.prepare()
