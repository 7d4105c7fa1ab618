"""What other packages may want to know of counties; sent inside the transaction of the change."""

from django.dispatch import Signal

county_made = Signal()  # sender=None; county, actor
county_handed_over = Signal()  # sender=None; actor (who took over), before, after: memberships
