"""Mutated files through the whole worker: ready or refused with a reason, never a hang, a crash or a leftover.

The normal run takes one of each source; `MUTATIONS=1000` (and `LIHUI_SEED`) is the whole target, in parts with
`MUTATIONS_FROM`, and `MUTATIONS_AT=893,107` takes some by their numbers. Inspection alone sees
hundreds more in `processing/test_mutations.py`.
"""

import io
import os
import random
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings

from tests.uploads.processing.builders import need_converter
from tests.uploads.processing.mutators import mutate, sources
from tests.uploads.processing.test_mutations import SEED
from tests.uploads.test_worker_killed import no_leftovers
from uploads import services, worker
from uploads.models import Version
from uploads.processing.errors import SENTENCES, sentence

COUNT = int(os.environ.get("MUTATIONS", "13"))
FIRST = int(os.environ.get("MUTATIONS_FROM", "0"))
AT = [int(number) for number in os.environ.get("MUTATIONS_AT", "").split(",") if number]
NUMBERS = AT or range(FIRST, FIRST + COUNT)
SLOWEST_SECONDS = 400
ENDS = {"ready", "refused"}


@pytest.mark.skipif(
    bool(settings.S3_BUCKET), reason="about files, wherever they are kept: once is enough"
)
@pytest.mark.slow
@pytest.mark.timeout(60 + 60 * len(NUMBERS))
@pytest.mark.filterwarnings("ignore")
def test_every_mutation_ends_with_a_reason(request, transactional_db, organiser, meeting, township):
    need_converter()
    settings.UPLOADS_PER_HOUR = 10**9
    made = sources()
    ends: dict[str, int] = {}
    wrong: list[str] = []
    spares = worker.new_spares()
    request.addfinalizer(spares.close)
    for number in NUMBERS:
        chance = random.Random(SEED * 7_919 + number)
        name, kind, data = made[number % len(made)]
        said = f"seed {SEED}, mutation {number} of {name}"
        version = services.receive(
            actor=organiser, meeting_id=meeting.pk, township_id=township.pk, kind=kind,
            filename=name, source=io.BytesIO(mutate(data, chance)),
        )  # fmt: skip
        begun = time.monotonic()
        spares.refill()
        assert worker.convert_one(threading.Event(), spares), said
        assert time.monotonic() - begun < SLOWEST_SECONDS, said
        version.refresh_from_db()
        if version.state not in ENDS:
            wrong.append(f"{said}: {version.state} {version.reason_code}")
        end = f"{version.state} {version.reason_code}".strip()
        print(f"{said}: {end}, {time.monotonic() - begun:.0f} s", flush=True)
        ends[end] = ends.get(end, 0) + 1
        if version.state == "ready":
            assert version.pages.count() == version.pages_total > 0, said
        else:
            assert version.reason_code in SENTENCES, said
            assert sentence(version.reason_code, version.reason_params) != version.reason_code
            assert not version.pages.exclude(image="").exists(), said
        Version.objects.filter(pk=version.pk).delete()
    print(f"{len(NUMBERS)} mutations: {ends}")
    spares.close()
    assert wrong == []
    assert no_leftovers()
    assert not any((Path(settings.WORK_DIR) / "jobs").iterdir())
