"""What other packages may want to know of counties; sent inside the transaction of the change."""

from django.dispatch import Signal

county_made = Signal()  # sender=None; county, actor
