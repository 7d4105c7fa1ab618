"""A TCP proxy that can be a bad line: cut, slow, stalled or dead, as a test asks."""

import contextlib
import socket
import threading
import time

PIECE = 65_536


class Line:
    """Listens on `port` and passes bytes to a port of this machine.

    `cut_after`: each time so many bytes more have gone upwards, over whichever connection, the one that
    carries them is reset, `cuts` times; `delay`: seconds each
    piece upwards waits; `down`: nobody is let through, and who is connected is thrown out.
    """

    def __init__(self, target: int, *, cut_after: int = 0, cuts: int = 0, delay: float = 0) -> None:
        self.target, self.cut_after, self.cuts, self.delay = target, cut_after, cuts, delay
        self.down = False
        self.done = 0
        self.sent = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def set_down(self, down: bool) -> None:
        """Take the line away, or give it back."""
        self.down = down
        if down:
            with self._lock:
                for each in list(self._open):
                    self._reset(each)

    def close(self) -> None:
        self._listener.close()
        self.set_down(True)

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        if self.down:
            self._reset(near)
            return
        try:
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            self._reset(near)
            return
        with self._lock:
            self._open |= {near, far}
        back = threading.Thread(target=self._pass_back, args=(far, near), daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            while piece := near.recv(PIECE):
                if self.delay:
                    time.sleep(self.delay)
                far.sendall(piece)
                if self._is_time(len(piece)):
                    self._reset(near)
                    self._reset(far)
                    return
            far.shutdown(socket.SHUT_WR)
        back.join(60)
        for each in (near, far):
            each.close()
        with self._lock:
            self._open -= {near, far}

    def _is_time(self, passed: int) -> bool:
        """Count what went upwards. Of all connections together: a browser spreads its requests, and one by
        one some might never carry enough."""
        with self._lock:
            self.sent += passed
            due = self.cut_after * (self.done + 1)
            if not self.cut_after or self.sent < due or self.done >= self.cuts:
                return False
            self.done += 1
            return True

    @staticmethod
    def _pass_back(far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := far.recv(PIECE):
                near.sendall(piece)
            near.shutdown(socket.SHUT_WR)

    @staticmethod
    def _reset(each: socket.socket) -> None:
        """As a line that is cut: RST, no goodbye."""
        with contextlib.suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            each.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            each.close()
