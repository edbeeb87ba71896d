"""Processes as a test sees them: found by a cookie that all of a job inherit in their environment, however far they run
(double fork, setsid, a new name), and signalled through a pidfd, so that a number given away meanwhile is not hit."""
import contextlib
import os
import pathlib
import select
import signal
import time

COOKIE = "LEFTOVER_COOKIE"


def numbers():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def read(pid: int, name: str) -> bytes:
    try:
        return pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def state(pid: int) -> str:
    """The letter of /proc/PID/stat; empty for a process that is gone."""
    _, _, rest = read(pid, "stat").rpartition(b")")
    return rest[1:2].decode()


def alive(pid: int) -> bool:
    return state(pid) not in ("", "Z", "X")


def name_of(pid: int) -> str:
    return read(pid, "comm").decode(errors="replace").strip()


def with_cookie(cookie: str) -> list:
    wanted = f"{COOKIE}={cookie}".encode()
    return [pid for pid in numbers() if wanted in read(pid, "environ").split(b"\0") and alive(pid)]


def describe(pids) -> str:
    return "\n".join(f"{pid} {state(pid)} {read(pid, 'cmdline').replace(bytes(1), b' ').decode(errors='replace')}"
                     for pid in pids)


def send(pid: int, signo: int):
    """For our own child, or a process that was found a moment ago and carries our cookie."""
    with contextlib.suppress(ProcessLookupError):
        pidfd = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(pidfd, signo)
        finally:
            os.close(pidfd)


def end_all(cookie: str):
    """SIGKILL until the cookie is found nowhere."""
    while left := with_cookie(cookie):
        for pid in left:
            send(pid, signal.SIGKILL)
        time.sleep(0.01)


class Watched:
    """Processes whose end is waited for."""

    def __init__(self, pids):
        self.fds = {}
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                self.fds[os.pidfd_open(pid)] = pid

    def wait_for_all(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        open_fds = set(self.fds)
        while open_fds and (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select(list(open_fds), [], [], left)
            open_fds -= set(ready)
        return not open_fds

    def close(self):
        for fd in self.fds:
            os.close(fd)
        self.fds = {}
