"""Under which names and addresses this machine is reached: for phones in the same network."""

import socket

# Connecting a datagram socket sends nothing; it only asks the kernel which address it would use.
SOMEWHERE = [(socket.AF_INET, "192.0.2.1")]


def network_addresses() -> list[str]:
    """IPv4 addresses of this machine that others in its network can use; loopback left out."""
    found: list[str] = []
    for family, target in SOMEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                found.append(probe.getsockname()[0])
        except OSError:
            continue
    try:
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    except OSError:
        pass
    return [each for each in dict.fromkeys(found) if not each.startswith(("127.", "0."))]


def own_names() -> list[str]:
    """Every host name under which this machine may be asked: loopback, its name, its addresses."""
    loopback = ["localhost", "127.0.0.1", "[::1]"]
    name = socket.gethostname().lower()
    return [*loopback, name, f"{name}.local", *network_addresses()]
