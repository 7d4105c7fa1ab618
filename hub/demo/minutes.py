"""The demo's minutes: those of earlier months approved, the newest ones still a draft with a few words of the organiser."""

from __future__ import annotations

import datetime as dt
import random

from archive.minutes import services
from archive.minutes.queries import minutes_for
from meetings.models import Meeting
from townships.actors import Actor

_ASKS = (
    "各乡镇要把本次例会交流的做法对照本地实际研究一遍，月底前确定一至两项先行试点。",
    "对会上提出的共性问题，由组织科牵头逐项明确责任人和办结期限，下次例会通报进展。",
    "志愿者和党员基础信息要每月核对一次，做到人走数清、变动即改，不再层层重复报表。",
    "村级后备干部培养要落到具体人头，每村至少有一名能接得上手的人选。",
    "服务站点的排班和公示要让群众看得见、找得到，节假日期间不空岗。",
    "材料报送要严守时限，确有困难的提前说明，不得影响会议组织。",
    "青年党员发展对象的培养联系人要每季度谈一次话，谈话情况如实记载。",
)


def keep_minutes(organiser: Actor, meeting: Meeting, ended: dt.datetime, *, approve: bool) -> None:
    """Draft the minutes as the meeting ends, add what it asks for, and approve them two days later."""
    services.draft_minutes(meeting_id=meeting.pk, at=ended)
    rng = random.Random(f"{meeting.title}/minutes")
    asks = rng.sample(_ASKS, 4 if approve else 2)
    services.save_section(
        actor=organiser,
        meeting_id=meeting.pk,
        key="decisions",
        body="\n".join(f"{number}. {text}" for number, text in enumerate(asks, 1)),
        base=1,
        at=ended + dt.timedelta(hours=3),
    )
    if approve:
        digest = minutes_for(organiser, meeting.pk).digest
        services.approve(
            actor=organiser, meeting_id=meeting.pk, digest=digest, at=ended + dt.timedelta(days=2)
        )
