"""Problems and practices written in a deck or manuscript, offered as drafts for the meeting's board."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from board import services as board
from board.models import Post
from townships.actors import Actor
from townships.pages import actor_of
from townships.permissions import Action, can, require
from townships.problems import NotFound, Problem
from uploads import queries
from uploads.models import Kind, Material
from uploads.monthly.reading import Draft, read_drafts


@require_http_methods(["GET", "HEAD", "POST"])
def drafts(request: HttpRequest, material_id: uuid.UUID) -> HttpResponse:
    """The drafts of a deck or manuscript: looked over, changed where wanted, and put on the board.

    Nothing goes there by itself; what is on the board already is shown as that (four queries).
    """
    actor = actor_of(request)
    require(actor, Action.SEE_MATERIAL)
    material = queries.visible_material(actor, material_id)
    if not (actor.is_staff or actor.township_id == material.township_id):
        raise NotFound
    found = drafts_of(material)
    posted = on_board(material, found)
    if request.method == "POST":
        require(actor, Action.POST, material.meeting)
        if put_on_board(request, actor, material, [d for d in found if d.key not in posted]):
            return redirect("material_drafts", material_id=material.pk)
        posted = on_board(material, found)
    context = {
        "material": material,
        "is_deck": material.kind == Kind.DECK,
        "meeting": material.meeting,
        "rows": [_row(request, draft, posted.get(draft.key)) for draft in found],
        "left": len(found) - len(posted),
        "may_post": can(actor, Action.POST, material.meeting) and not material.meeting.is_closed,
    }
    return render(request, "hub/pages/drafts.html", context)


def drafts_of(material: Material) -> list[Draft]:
    """What the version on show says under the month's headings (one query)."""
    shown = next((v for v in material.versions.all() if v.pk == material.current_id), None)
    if shown is None:
        return []
    pages = shown.pages.defer("notes", "signature").order_by("number")
    return read_drafts(material.pk, pages, material.kind)


def on_board(material: Material, found: list[Draft]) -> dict[str, Post]:
    """Which of the drafts are on the meeting's board, whoever put them there, by their key."""
    posts = Post.objects.filter(
        Q(township=material.township_id) | Q(township__isnull=True),
        meeting=material.meeting,
        client_id__in=[draft.key for draft in found],
    )
    return {post.client_id: post for post in posts}


def put_on_board(
    request: HttpRequest, actor: Actor, material: Material, waiting: list[Draft]
) -> bool:
    """Post the chosen drafts in order; whether all went. What did not stays on the page as typed."""
    chosen = set(request.POST.getlist("draft"))
    done, refused = 0, None
    for draft in waiting:
        if draft.key not in chosen:
            continue
        try:
            board.add_post(
                actor=actor,
                meeting_id=material.meeting_id,
                kind=draft.kind,
                body=request.POST.get(f"text-{draft.key}", draft.text),
                client_id=draft.key,
                page_id=draft.page_id,
            )
        except Problem as problem:
            if problem.status not in (400, 409, 429):
                raise
            refused = problem
            break
        done += 1
    if done:
        words = ngettext("%(n)d entry is on the board.", "%(n)d entries are on the board.", done)
        messages.success(request, words % {"n": done})
    if refused is not None:
        messages.error(request, refused.detail)
    elif not done:
        messages.info(request, _("Choose at least one draft."))
    return refused is None


def _row(request: HttpRequest, draft: Draft, post: Post | None) -> dict[str, Any]:
    typed = request.POST.get(f"text-{draft.key}", draft.text)
    again = request.method == "POST"
    gone = post is not None and bool(post.hidden_at or post.withdrawn_at)
    return {
        "draft": draft,
        "text": post.body if post and not gone else draft.text if gone else typed,
        "post": post,
        "gone": gone,
        "chosen": draft.key in request.POST.getlist("draft") if again else True,
    }
