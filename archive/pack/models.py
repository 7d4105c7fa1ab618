"""Which slides an organiser chose for the digest of a meeting."""

from django.db import models

from meetings.models import Meeting
from uploads.models import Page


class DigestPage(models.Model):
    """A slide chosen for the digest. Where none is chosen of a deck, its first and its most discussed ones are taken."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="digest_pages")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "page"], name="a_slide_is_chosen_once")
        ]
