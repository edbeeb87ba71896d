"""How soon the other ranks are told that one has failed: from just before the _exit(1) of rank 0 to the first run of
another rank's SIGTERM handler. Both ends are read from the ranks' own CLOCK_MONOTONIC, the same for every launcher; what
a launcher does between seeing the failure and sending the signal counts. Rank 0 has memory in use, which the kernel
gives back before it tells the parent of the death."""
import pathlib
import shutil
import statistics
import tempfile

from launchers import BARE, Launcher
from measure import print_absent, print_table, progress

TIMEOUT = 30.0
SLOW_RUNS = 5  # of launchers that take longer than a second


def pidfd_loop(bench) -> Launcher:
    return Launcher("pidfd loop", [bench.helper("pidfd_loop")], count=lambda ranks: [str(ranks)])


def detection_time(bench, launcher, ranks: int, mebibytes: int, threads: int):
    """Milliseconds; None where no rank was told (they were killed, or the launcher never ended)."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=bench.folder))
    command = [bench.helper("dying_rank"), str(folder), str(mebibytes), str(threads), str(ranks)]
    bench.run(launcher.argv(ranks, command, failing=True), min(launcher.timeout, TIMEOUT))
    try:
        died = (folder / "died").read_text() if (folder / "died").exists() else ""
        if not died:
            raise SystemExit(f"bench: the ranks of {launcher.name} did not get as far as failing")
        told = [int(path.read_text()) for path in folder.glob("told.*") if path.stat().st_size > 0]
        return (min(told) - int(died)) / 1e6 if told else None
    finally:
        shutil.rmtree(folder)


def percentile(samples: list, share: float) -> float:
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(bench, candidates: list, shape: dict) -> dict:
    samples = {each.name: [] for each in candidates}
    for turn in range(bench.runs + 1):
        for each in candidates:
            have = samples[each.name]
            known = [sample for sample in have if sample is not None]
            slow = len(have) >= SLOW_RUNS and (not known or statistics.median(known) > 1000)
            if slow:
                continue
            progress(f"{each.name}, {shape['mebibytes']} MiB: run {turn} of {bench.runs}")
            sample = detection_time(bench, each, **shape)
            if turn > 0:
                have.append(sample)
    progress("")
    return samples


def row(name: str, samples: list) -> list:
    known = [sample for sample in samples if sample is not None]
    killed = len(samples) - len(known)
    remark = f"{killed} times no rank was told" if killed else ""
    if not known:
        return [name, "", "", "", str(len(samples)), remark]
    return [name, f"{statistics.median(known):.2f}", f"{percentile(known, 0.9):.2f}", f"{min(known):.2f}–{max(known):.2f}",
            str(len(known)), remark]


def main(bench, launchers: list, arguments) -> dict:
    candidates = [each for each in [pidfd_loop(bench), *launchers] if not each.absent and each.name != BARE]
    print(__doc__)
    results = {}
    for threads in arguments.threads:
        for mebibytes in arguments.resident:
            shape = {"ranks": arguments.detect_ranks, "mebibytes": mebibytes, "threads": threads}
            samples = measure(bench, candidates, shape)
            results[f"{mebibytes} MiB, {threads + 1} threads"] = samples
            print_table(f"{arguments.detect_ranks} ranks; rank 0 has {mebibytes} MiB and {threads + 1} thread"
                        f"{'s' if threads else ''}, and fails",
                        ["launcher", "p50 ms", "p90 ms", "min–max", "runs", "remark"],
                        [row(name, of_one) for name, of_one in samples.items()])
    print_absent(launchers)
    return results
