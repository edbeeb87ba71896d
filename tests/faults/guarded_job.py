"""One job under gpulaunch that is attacked: hostile ranks (hostile.c), its guardians by their names, and the oracles that
nobody of it is left: the witness FIFO is at its end, every orphan has fallen to this process (a subreaper) and been
reaped, no process has the job's cookie, and a bystander in the launcher's process group is alive."""
import ctypes
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import time
import uuid

import processes

PR_SET_CHILD_SUBREAPER = 36
PROCESSES_PER_RANK = 4
START_SECONDS = 120.0
GUARDIANS = ("front", "anchor", "core")


def become_subreaper():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def adopt_until_none_is_left(deadline: float) -> bool:
    """Reaps orphans. True: the kernel says that we have no child."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] != 0:
                continue
        except ChildProcessError:
            return True
        if time.monotonic() >= deadline:
            return False
        signal.sigtimedwait([signal.SIGCHLD], max(0.0, deadline - time.monotonic()))


def only_child_of(pid: int) -> int:
    words = processes.read(pid, f"task/{pid}/children").split()
    return int(words[0]) if words else -1


class Bystander:
    """Somebody in the launcher's process group who has nothing to do with it, as the rest of a user's pipeline."""

    def __init__(self):
        self.child = subprocess.Popen(["sleep", "infinity"], process_group=0)

    def check_and_end(self) -> bool:
        lives = self.child.poll() is None
        self.child.kill()
        self.child.wait()
        return lives


class GuardedJob:
    def __init__(self, gpulaunch: str, hostile: str, flags=(), wrapper=(), ranks=4):
        self.processes = PROCESSES_PER_RANK * ranks
        self.folder = tempfile.TemporaryDirectory(prefix="gpulaunch-soak-")
        root = pathlib.Path(self.folder.name)
        self.places = [root / name for name in ("marks", "tmp", "run")]
        for place in self.places:
            place.mkdir()
        os.mkfifo(self.places[0] / "witness")
        self.witness = os.open(self.places[0] / "witness", os.O_RDONLY | os.O_NONBLOCK)
        self.own_end = os.open(self.places[0] / "witness", os.O_WRONLY)
        self.cookie = str(uuid.uuid4())
        self.log = open(root / "log", "w+b")
        self.bystander = Bystander()
        self.pids = {}
        self.child = self.start([gpulaunch, "--nproc", str(ranks), *flags, *wrapper, hostile, str(self.places[0])])

    def start(self, argv: list):
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder.name, processes.COOKIE: self.cookie,
                       "TMPDIR": str(self.places[1]), "XDG_RUNTIME_DIR": str(self.places[2]),
                       "CUDA_VISIBLE_DEVICES": ""}
        # A sanitized launcher must not look for leaks at its end: signals meet the leak checker's own process there.
        environment |= {name: os.environ[name] for name in ("ASAN_OPTIONS",) if name in os.environ}
        return subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                process_group=self.bystander.child.pid, preexec_fn=self.before_exec)

    @staticmethod
    def before_exec():
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        for signo in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(signo, signal.SIG_DFL)

    def wait_until_in_place(self):
        deadline = time.monotonic() + START_SECONDS
        while len(os.listdir(self.places[0])) < self.processes + 1:
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"soak: the job did not start: {self.output()}")
            time.sleep(0.005)

    def guardian(self, who: str) -> int:
        """Its pid; -1 while it is not there."""
        if self.pids.get(who, -1) > 0:
            return self.pids[who]
        if who == "front":
            found = self.child.pid
        else:
            above = self.guardian(GUARDIANS[GUARDIANS.index(who) - 1])
            found = only_child_of(above) if above > 0 else -1
            # Not yet by its name, it may be a child that is about to exec.
            if found > 0 and processes.name_of(found) != f"gl-{who}":
                found = -1
        self.pids[who] = found
        return found

    def hit(self, who: str, signo: int) -> bool:
        """False while there is nobody to hit."""
        pid = self.guardian(who)
        if pid > 0:
            processes.send(pid, signo)
        return pid > 0

    def output(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def witness_ended(self, deadline: float) -> bool:
        os.close(self.own_end)
        self.own_end = -1
        poller = select.poll()
        poller.register(self.witness, 0)
        return bool(poller.poll(max(0.0, deadline - time.monotonic()) * 1000))

    def launcher_ended(self, deadline: float) -> bool:
        while self.child.poll() is None:
            if time.monotonic() >= deadline:
                return False
            signal.sigtimedwait([signal.SIGCHLD], max(0.0, min(0.01, deadline - time.monotonic())))
        return True

    def verdict(self, begin: float, bound: float) -> tuple:
        """(what is wrong, seconds until nobody was left); ends whatever is left."""
        deadline = begin + bound
        wrong = []
        if not self.witness_ended(deadline):
            wrong.append("somebody still holds the witness")
        if not self.launcher_ended(deadline):
            wrong.append("the launcher has not ended")
        bystander_lives = self.bystander.check_and_end()
        if not wrong and not adopt_until_none_is_left(deadline):
            wrong.append("orphans are left")
        took = time.monotonic() - begin
        if not bystander_lives:
            wrong.append("the user's process group was killed")
        if left := processes.with_cookie(self.cookie):
            wrong.append(f"left:\n{processes.describe(left)}")
        return wrong + self.files_left(), took

    def files_left(self) -> list:
        return [f"left behind: {path}" for place in self.places[1:] for path in place.rglob("*")]

    def close(self):
        processes.end_all(self.cookie)
        self.child.wait()
        adopt_until_none_is_left(time.monotonic() + START_SECONDS)
        for fd in (self.witness, self.own_end):
            if fd >= 0:
                os.close(fd)
        self.log.close()
        self.folder.cleanup()
