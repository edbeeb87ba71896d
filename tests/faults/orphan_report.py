"""Who is left when a launcher ends? Under each launcher the same job of 16 hostile processes (hostile.c: four ranks of
four) is started; the launcher gets a signal or loses its terminal; a settling time later the job's living processes are
counted. What is left is killed, by its numbers."""
import fcntl
import os
import pathlib
import signal
import subprocess
import tempfile
import termios
import time
import uuid

import processes
from measure import HERE as BENCH_FOLDER
from measure import OUTER_JOB, print_absent, print_table, progress

RANKS = 4
PROCESSES = 4 * RANKS
START_SECONDS = 180.0
CLOSED_TERMINAL = "terminal closed"
CASES = {"KILL": signal.SIGKILL, "TERM": signal.SIGTERM, "INT": signal.SIGINT, "USR1": signal.SIGUSR1,
         CLOSED_TERMINAL: None}
HOSTILE_SOURCE = BENCH_FOLDER.parent / "fixtures" / "hostile.c"


class Trial:
    """One job under one launcher."""

    def __init__(self, launcher, program: pathlib.Path, case: str):
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=program.parent))
        self.cookie = str(uuid.uuid4())
        self.case = case
        self.terminal, self.other_end = os.openpty() if case == CLOSED_TERMINAL else (-1, -1)
        self.child = self.start(launcher)

    def start(self, launcher):
        environment = {name: value for name, value in os.environ.items() if not OUTER_JOB.match(name)}
        environment[processes.COOKIE] = self.cookie
        streams = self.other_end if self.case == CLOSED_TERMINAL else subprocess.DEVNULL
        child = subprocess.Popen(launcher.argv(RANKS, [str(self.program), str(self.folder)]), env=environment,
                                 stdin=streams, stdout=streams, stderr=streams, start_new_session=True,
                                 preexec_fn=self.before_exec)
        if self.other_end >= 0:
            os.close(self.other_end)
        return child

    def before_exec(self):
        # A shell gives its background jobs INT and QUIT ignored, and we may be one of them.
        for signo in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(signo, signal.SIG_DFL)
        if self.case == CLOSED_TERMINAL:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def hostile(self) -> list:
        """The living processes of the job itself, without the launcher's."""
        program = str(self.program)
        return [pid for pid in processes.with_cookie(self.cookie)
                if processes.read(pid, "cmdline").split(b"\0")[0].decode() == program]

    def wait_for_job(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while len(os.listdir(self.folder)) < PROCESSES:
            if self.child.poll() is not None or time.monotonic() > deadline:
                return False
            self.read_terminal()
            time.sleep(0.05)
        return True

    def read_terminal(self):
        """A launcher that says much must not block for want of a reader."""
        if self.terminal >= 0:
            os.set_blocking(self.terminal, False)
            try:
                os.read(self.terminal, 65536)
            except OSError:
                pass

    def strike(self):
        if self.case != CLOSED_TERMINAL:
            return self.child.send_signal(CASES[self.case])
        os.close(self.terminal)
        self.terminal = -1

    def settle(self, seconds: float) -> tuple:
        """(how many are alive, how the launcher ended) as soon as that is final, or when the time is over."""
        deadline = time.monotonic() + seconds
        while (left := len(self.hostile())) > 0 or self.child.poll() is None:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        return left, self.child.poll()

    def clean_up(self):
        if self.terminal >= 0:
            os.close(self.terminal)
        processes.end_all(self.cookie)
        self.child.wait()


def ending(code) -> str:
    if code is None:
        return "runs on"
    return f"exit {code}" if code >= 0 else f"killed by {signal.Signals(-code).name[3:]}"


def once(launcher, program: pathlib.Path, case: str, seconds: float) -> dict:
    trial = Trial(launcher, program, case)
    try:
        if not trial.wait_for_job():
            return {"left": None, "ending": f"did not start ({ending(trial.child.poll())})"}
        trial.strike()
        left, code = trial.settle(seconds)
        return {"left": left, "ending": ending(code)}
    finally:
        trial.clean_up()


def cell(result: dict) -> str:
    if result["left"] is None:
        return result["ending"]
    return f"{result['left']} ({result['ending']})"


def main(launchers: list, settle_seconds: float) -> dict:
    results = {}
    with tempfile.TemporaryDirectory(prefix="gpulaunch-orphans-") as folder:
        program = pathlib.Path(folder, "hostile")
        subprocess.run(["cc", "-O1", "-o", str(program), str(HOSTILE_SOURCE)], check=True)
        for launcher in launchers:
            if launcher.absent:
                continue
            results[launcher.name] = {}
            for case in CASES:
                progress(f"{launcher.name}: {case}")
                results[launcher.name][case] = once(launcher, program, case, settle_seconds)
    progress("")
    rows = [[name, *(cell(result) for result in of_one.values())] for name, of_one in results.items()]
    print_table(f"of {PROCESSES} processes alive {settle_seconds:.0f} s after the launcher got the signal, and how it "
                "ended", ["launcher", *CASES], rows)
    print_absent(launchers)
    return results
