"""What a flood of words that look like errors costs: four ranks print a gigabyte of them to standard error, which goes to
/dev/null. How long that takes with and without the diagnosis, against the same programs without any launcher, and the
most memory that a process of the launcher ever held (VmHWM)."""
import pathlib
import subprocess
import threading

from launch import descendants
from launchers import BARE, OURS, SILENT, with_silent_twin
from measure import print_paired, print_table, row

RANKS = 4


def peak_memory(pid: int) -> int:
    """In KiB; 0 of what has ended."""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM:")), 0)


def is_launcher(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip() in ("gpulaunch", "gl-core", "gl-anchor")
    except OSError:
        return False


def peak_of(argv: list, environment: dict) -> int:
    """The launcher's largest process in KiB, asked for until the job has ended."""
    job = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env=environment)
    ended = threading.Event()
    threading.Thread(target=lambda: (job.wait(), ended.set()), daemon=True).start()
    peak = 0
    while not ended.wait(0.02):
        peak = max([peak, *(peak_memory(pid) for pid in descendants(job.pid) if is_launcher(pid))])
    return peak


def main(bench, launchers: list, arguments) -> dict:
    candidates = {each.name: each for each in with_silent_twin(launchers) if each.name in (BARE, OURS, SILENT)}
    command = [bench.helper("flood"), str(max(arguments.megabytes // RANKS, 1))]

    def once(launcher):
        run = bench.run(launcher.argv(RANKS, command, labels=True), launcher.timeout)
        if run.status not in ("0", "timeout"):
            raise SystemExit(f"bench: {launcher.name} exited with {run.status}")
        return None if run.status == "timeout" else (run.end - run.begin) / 1e9

    samples = bench.rounds(candidates, once)
    peaks = {name: "" if name == BARE else f"{peak_of(each.argv(RANKS, command, labels=True), bench.environment) / 1e3:.2f}"
             for name, each in candidates.items()}
    rows = [[name, *row(of_one, 1.0, [] if name == BARE else samples.get(BARE, []), candidates[name].timeout), peaks[name]]
            for name, of_one in samples.items()]
    print_table(f"{RANKS} ranks × {arguments.megabytes // RANKS} MB that look like errors, labelled, to /dev/null",
                ["launcher", "median s", "min–max", "× bare", "over bare s", "runs", "peak MB"], rows)
    print_paired(samples, OURS, SILENT)
    return {"seconds": samples, "peak megabytes": peaks}
