"""What packages to the right do when a meeting is made or closed.

Sent inside the transaction of the change, so what a receiver writes happens with it or not at all.
The meeting's row is locked; `at` is the moment (None: now).
"""

from django.dispatch import Signal

meeting_made = Signal()  # sender=None; meeting, actor, at
meeting_closed = Signal()  # sender=None; meeting, actor, at
