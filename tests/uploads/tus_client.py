"""A tus client of few words: every header by hand, as the MUSTs need it."""

import base64
import uuid
from typing import Any

from django.test import Client

from tests.people import client_of
from townships.actors import Actor

UPLOADS = "/api/v1/uploads"
BYTES_TYPE = "application/offset+octet-stream"


def metadata(**values: Any) -> str:
    return ",".join(
        f"{key} {base64.b64encode(str(value).encode()).decode()}" for key, value in values.items()
    )


class Tus:
    """Requests below /api/v1/uploads as one actor makes them, with `Tus-Resumable` set."""

    def __init__(self, actor: Actor) -> None:
        self.client: Client = client_of(actor)

    def send(self, method: str, path: str = UPLOADS, body: bytes = b"", **headers: Any) -> Any:
        content_type = headers.pop("content_type", BYTES_TYPE if body else "")
        plain = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        plain.setdefault("Tus-Resumable", "1.0.0")
        return self.client.generic(
            method, path, body, content_type=content_type or None, headers=plain
        )

    def create(
        self, meeting: Any, length: int, *, kind: str = "deck", filename: str = "汇报.pptx",
        body: bytes = b"", township: Any = None, **headers: Any,
    ) -> Any:  # fmt: skip
        values = {"filename": filename, "meeting": getattr(meeting, "pk", meeting), "kind": kind}
        if township is not None:
            values["township"] = township.pk
        return self.send(
            "POST", body=body, Upload_Length=length, Upload_Metadata=metadata(**values), **headers
        )

    def created(self, meeting: Any, length: int, **options: Any) -> str:
        answer = self.create(meeting, length, **options)
        assert answer.status_code == 201, answer.content.decode()
        return str(answer["Location"])

    def patch(self, location: str, offset: Any, body: bytes, **headers: Any) -> Any:
        headers.setdefault("content_type", BYTES_TYPE)
        return self.send("PATCH", location, body, Upload_Offset=offset, **headers)

    def head(self, location: str) -> Any:
        return self.send("HEAD", location)

    def offset(self, location: str) -> int:
        answer = self.head(location)
        assert answer.status_code == 200
        return int(answer["Upload-Offset"])


def id_of(location: str) -> uuid.UUID:
    return uuid.UUID(location.rsplit("/", 1)[-1])
