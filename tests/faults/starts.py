"""Many starts and stops of small jobs, each checked for what it leaves behind: processes, files of its own, modes of the
terminal; and one job that is restarted many times, whose core may not hold one descriptor more at its end."""
import contextlib
import fcntl
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import termios
import time

from guarded_job import GuardedJob, adopt_until_none_is_left

ENDINGS = ("success", "failure", signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# By what the launcher can end: its exit code, or minus the signal.
EXPECTED = {"success": 0, "failure": 3, signal.SIGTERM: -15, signal.SIGINT: -2, signal.SIGHUP: -1}
END_SECONDS = 120.0


def wrapper_of(end) -> tuple:
    """The hostile program starts its family and is then made to end as a rank does."""
    if isinstance(end, signal.Signals):
        return ()
    code = EXPECTED[end]
    return ("sh", "-c", f'"$@" & until [ $(ls "$2" | wc -l) -gt 16 ]; do sleep 0.01; done; exit {code}', "sh")


def once(gpulaunch: str, hostile: str, dice: random.Random) -> list:
    end = dice.choice(ENDINGS)
    job = GuardedJob(gpulaunch, hostile, ("--linger", "10ms"), wrapper_of(end))
    try:
        if isinstance(end, signal.Signals):
            # Half of them in the middle of the start, but not before there is somebody to take the signal.
            if dice.random() < 0.5:
                job.wait_until_in_place()
            else:
                wait_for_core(job, dice.uniform(0.0, 0.05))
            job.hit("front", end)
        wrong, _ = job.verdict(time.monotonic(), END_SECONDS)
        code = job.child.poll()
        if code != EXPECTED[end]:
            wrong.append(f"ended with {code}, not {EXPECTED[end]}: {job.output()}")
        return [f"{end}: {text}" for text in wrong]
    finally:
        job.close()


def wait_for_core(job: GuardedJob, seconds: float):
    deadline = time.monotonic() + END_SECONDS
    while job.guardian("core") < 0 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(seconds)


def take_terminal():
    GuardedJob.before_exec()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def on_terminal(gpulaunch: str) -> list:
    """One rank that has the terminal leaves it raw and is killed: the modes are given back to the shell, and the run's
    folder, which is in shared memory where nobody chose a place, is gone."""
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)
    with tempfile.TemporaryDirectory(prefix="gpulaunch-soak-") as folder:
        script = f'cd {folder}; stty -g > before; "$@"; stty -g > after'
        rank = f'echo "$TORCHELASTIC_ERROR_FILE" > {folder}/error_file; stty raw -echo; kill -9 $$'
        child = subprocess.Popen(["bash", "-c", script, "bash", gpulaunch, "sh", "-c", rank], stdin=theirs,
                                 stdout=theirs, stderr=theirs, start_new_session=True, preexec_fn=take_terminal,
                                 env={"PATH": os.environ["PATH"], "CUDA_VISIBLE_DEVICES": ""})
        deadline = time.monotonic() + END_SECONDS
        while child.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                os.read(ours, 4096)
            time.sleep(0.005)
        before, after, error_file = (pathlib.Path(folder, name).read_text().strip()
                                     for name in ("before", "after", "error_file"))
    for fd in (ours, theirs):
        os.close(fd)
    child.kill()
    adopt_until_none_is_left(time.monotonic() + END_SECONDS)
    wrong = ["the terminal's modes were not given back"] if before != after or not before else []
    if not error_file or os.path.exists(os.path.dirname(error_file)):
        wrong.append(f"the run's folder is left: {error_file}")
    return wrong


def descriptors_over_restarts(gpulaunch: str, restarts: int) -> list:
    with tempfile.TemporaryDirectory(prefix="gpulaunch-soak-") as folder:
        # A core that sleeps has closed what it held for the start alone.
        count = ('until [ "$(cut -d" " -f3 /proc/$PPID/stat)" = S ]; do :; done; ls /proc/$PPID/fd | wc -l >> ' +
                 os.path.join(folder, "counts") + "; exit 3")
        subprocess.run([gpulaunch, "--max-restarts", str(restarts), "--restart-delay", "0s", "sh", "-c", count],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       preexec_fn=GuardedJob.before_exec, check=False)
        counts = [int(line) for line in pathlib.Path(folder, "counts").read_text().split()]
    if len(counts) != restarts + 1:
        return [f"{len(counts)} attempts instead of {restarts + 1}"]
    return [f"the core's descriptors grew from {counts[0]} to {counts[-1]}"] if counts[-1] > counts[0] else []


def main(gpulaunch: str, hostile: str, seed: str, numbers) -> bool:
    """True when nothing was left behind."""
    failures = 0
    descriptors_before = len(os.listdir("/proc/self/fd"))
    for number in numbers:
        wrong = once(gpulaunch, hostile, random.Random(f"{seed}/start/{number}"))
        if number % 10 == 0:
            wrong += on_terminal(gpulaunch)
        if wrong:
            failures += 1
            print(f"FAILED: start {number}: " + "\n  ".join(wrong) +
                  f"\n  again: scripts/soak --starts 1 --kills 0 --seed {seed} --first {number}", flush=True)
    if not numbers:
        return True
    rest = descriptors_over_restarts(gpulaunch, max(2, len(numbers) // 10))
    if len(os.listdir("/proc/self/fd")) > descriptors_before:
        rest.append("the soak itself leaks descriptors")
    if rest:
        print("FAILED: " + "\n  ".join(rest))
    print(f"starts and stops: {len(numbers)}: {failures} left something behind")
    return failures == 0 and not rest
