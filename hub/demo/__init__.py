"""The demo counties: invented places and people, and two years of their meetings.

`places`, `topics`, `outline`, `conversation`, `decks` and `manuscripts` are pure (no database): the
same seed makes the same county, the same decks and the same bytes. `load` writes them through the
services, `forget` takes them away again.
"""


def signins() -> list[tuple[str, str, str]]:
    """Who may sign in to the demo: (county, role and name; user name; password), a few of each."""
    from hub.demo.places import DAICHUAN, LANXIU, PASSWORD

    words = {"organiser": "组织者", "member": "组织委员", "observer": "列席", "archivist": "档案员"}
    found = []
    for land, townships in ((LANXIU, 3), (DAICHUAN, 1)):
        chosen = [
            (land.name, person) for person in land.staff if not person.user_name[-1].isdigit()
        ]
        chosen += [(place.name, place.members[0]) for place in land.places[:townships]]
        for where, person in chosen:
            found.append(
                (f"{where} {words[person.role]} {person.name}", person.user_name, PASSWORD)
            )
    return found
