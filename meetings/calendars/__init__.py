"""The month in other people's calendars: subscribed feeds, invitations and their changes by mail."""
