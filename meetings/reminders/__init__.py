"""Reminders of what is still missing: planned once, sent once, by e-mail and to chat groups.

`planning` decides who is reminded of what and when, `texts` says it in the reader's language,
`outbox` sends it, `desk` keeps what could not be sent, `mail` and `chat` are the two ways.
"""
