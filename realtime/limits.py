"""How many sockets one person and one address may hold in this process."""

import time
from collections import defaultdict

from django.conf import settings

from .room import Seat

SILENT_SECONDS = 25.0  # a socket whose heartbeat is missing may be given up for a new one


class Limits:
    """Counts sockets. A person at the limit gives up a socket that has fallen silent (a phone whose
    network changed leaves such ones behind), else the new one is refused."""

    def __init__(self) -> None:
        self._addresses: dict[str, int] = defaultdict(int)
        self._people: dict[str, set[Seat]] = defaultdict(set)

    def arrive(self, address: str) -> bool:
        """Count a handshake from this address; False when it has too many sockets. Each call is
        followed by one of `depart`, also when it was refused."""
        self._addresses[address] += 1
        return self._addresses[address] <= settings.SOCKETS_PER_ADDRESS

    def depart(self, address: str) -> None:
        self._addresses[address] -= 1
        if self._addresses[address] <= 0:
            del self._addresses[address]

    def take_seat(self, seat: Seat) -> tuple[bool, Seat | None]:
        """Whether the person may have this socket, and which silent one to close for it."""
        seats = self._people[seat.person]
        evicted = None
        if len(seats) >= settings.SOCKETS_PER_USER:
            evicted = min(seats, key=lambda other: other.heard)
            if time.monotonic() - evicted.heard < SILENT_SECONDS:
                return False, None
            seats.discard(evicted)
        seats.add(seat)
        return True, evicted

    def give_up_seat(self, seat: Seat) -> None:
        seats = self._people.get(seat.person)
        if seats is not None:
            seats.discard(seat)
            if not seats:
                del self._people[seat.person]
