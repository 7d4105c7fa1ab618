"""What the environment makes of the settings."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

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


def test_a_postgresql_that_was_away_is_given_up_and_found_again_soon(tmp_path: Path) -> None:
    """A machine that no longer answers is given up after 20 s. The pool doubles its pauses (1, 2, 4, 8 s)
    until 15 s, so it is never idle for ten. What the address says goes before."""
    asked = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'])"
    told = manage(
        "shell",
        *("--no-imports", "-c", asked),
        data_dir=tmp_path,
        SECRET_KEY="a" * 50,
        DATABASE_URL="postgres://hub@127.0.0.1:1/hub?keepalives_idle=60",
    )
    assert ast.literal_eval(told.stdout) == {
        "keepalives_idle": 60,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        "pool": {"min_size": 2, "max_size": 12, "timeout": 20, "reconnect_timeout": 15},
    }


def test_every_variable_is_explained_at_the_top() -> None:
    """hub/settings.py is the page an operator reads; README says so."""
    source = (ROOT / "hub" / "settings.py").read_text()
    words = ast.get_docstring(ast.parse(source)) or ""
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', source))
    assert len(read) > 20
    assert {name for name in read if not re.search(rf"\b{name}\b", words)} == set()


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


def test_monitors_are_answered_without_tls(client: Client, settings: Any) -> None:
    """They ask the process itself; everybody else is sent to HTTPS."""
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/accounts/login/").status_code == 301
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    ("region", "host"),
    [("eu-west-1", "s3.eu-west-1.amazonaws.com"), ("cn-north-1", "s3.cn-north-1.amazonaws.com.cn")],
)
def test_pictures_from_amazon_s3_pass_the_content_security_policy(
    tmp_path: Path, region: str, host: str
) -> None:
    """Without an endpoint of one's own, signed addresses lead to the bucket's own host."""
    code = (
        "from hub import settings as s; print(*s.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.defpath,
            "DATA_DIR": str(tmp_path),
            "DEBUG": "1",
            "S3_BUCKET": "county-files",
            "AWS_DEFAULT_REGION": region,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"https://county-files.{host}" in done.stdout.split()


@pytest.mark.django_db
def test_migrations_match_the_models() -> None:
    """`makemigrations --check` finds nothing to add."""
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=1)
