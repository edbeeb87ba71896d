"""How long a job of N times `true` takes, from starting the launcher to its end, and how much memory the launcher's own
processes hold together while four ranks sleep (proportional set size)."""
import os
import pathlib
import signal
import subprocess
import time

from launchers import BARE
from measure import print_absent, print_table, row

PATIENCE = 30.0  # seconds until four sleeping ranks must have been started


def measure_launch(bench, launchers: list, rank_counts: list) -> dict:
    results = {}
    for ranks in rank_counts:
        candidates = {each.name: each for each in launchers if not each.absent and ranks <= each.most_ranks}

        def once(launcher):
            run = bench.run(launcher.argv(ranks, ["/bin/true"]), launcher.timeout)
            if run.status not in ("0", "timeout"):
                raise SystemExit(f"bench: {launcher.name} with {ranks} times true exited with {run.status}")
            return None if run.status == "timeout" else (run.end - run.begin) / 1e9

        results[ranks] = bench.rounds(candidates, once)
        rows = [[name, *row(samples, 1e3, [] if name == BARE else results[ranks].get(BARE, []), candidates[name].timeout)]
                for name, samples in results[ranks].items()]
        print_table(f"{ranks} × true: wall time of the whole job",
                    ["launcher", "median ms", "min–max", "× bare", "over bare ms", "runs"], rows)
    return results


def descendants(root: int) -> list:
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    tree = [root]
    for pid in tree:
        tree += children.get(pid, [])
    return tree


def is_rank(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "sleep"
    except OSError:
        return False


def proportional_size(pid: int) -> int:
    """In KiB; what several processes share counts in parts."""
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0  # it ended meanwhile
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def memory_of(bench, launcher) -> list:
    """Number of processes and MB of the launcher at four sleeping ranks."""
    job = subprocess.Popen(launcher.argv(4, ["sleep", "300"]), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, env=bench.environment, start_new_session=True)
    tree = [job.pid]
    try:
        deadline = time.monotonic() + PATIENCE
        while sum(map(is_rank, tree)) < 4:
            if time.monotonic() > deadline or job.poll() is not None:
                return ["", "", "its four ranks did not start"]
            time.sleep(0.05)
            tree = descendants(job.pid)
        time.sleep(0.5)  # launchers that do something after the last start have done it
        own = [pid for pid in tree if not is_rank(pid)]
        return [len(own), f"{sum(map(proportional_size, own)) * 1024 / 1e6:.2f}", ""]
    finally:
        for pid in reversed(tree):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        job.wait()


def measure_memory(bench, launchers: list) -> dict:
    rows = [[each.name, *memory_of(bench, each)] for each in launchers if not each.absent]
    print_table("4 × sleep: memory of the launcher's own processes together (PSS)",
                ["launcher", "processes", "MB", "remark"], rows)
    return {name: size for name, _, size, _ in rows}


def main(bench, launchers: list, arguments) -> dict:
    results = {"seconds": measure_launch(bench, launchers, arguments.ranks),
               "megabytes": measure_memory(bench, launchers)}
    print_absent(launchers)
    return results
