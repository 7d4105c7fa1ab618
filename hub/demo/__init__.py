"""The demo counties: invented places and people, and two years of their meetings.

`places`, `topics`, `decks` and `manuscripts` are pure (no database): the same seed makes the same
county, the same decks and the same bytes. `load` writes them through the services.
"""
