"""Measuring: the C helpers, timed runs, rounds in which every candidate runs once before any runs again, and tables."""
import dataclasses
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SLOW_SECONDS = 1.0  # who takes longer than this is not run more often than SLOW_RUNS
SLOW_RUNS = 5
# A launcher that finds these believes that it is itself a rank of another job.
OUTER_JOB = re.compile(r"(PMI_|PMIX_|OMPI_|HYDI_|SLURM_|TORCHELASTIC_|PET_|GPULAUNCH_(?!BENCH)|(LOCAL_)?RANK$)")


@dataclasses.dataclass
class Run:
    begin: int
    end: int  # nanoseconds of CLOCK_MONOTONIC
    status: str  # exit code, 128 + signal, or "timeout"
    left: int  # processes that outlived the launcher


class Bench:
    """One session: a private folder with the compiled helpers, removed at the end."""

    def __init__(self, runs: int):
        self.runs = runs
        self._folder = tempfile.TemporaryDirectory(prefix="gpulaunch-bench-")
        self.folder = pathlib.Path(self._folder.name)
        self.environment = {name: value for name, value in os.environ.items() if not OUTER_JOB.match(name)}
        for helper in ("bare_loop", "timer", "writer", "failing_rank", "dying_rank", "flood", "pidfd_loop"):
            subprocess.run(["cc", "-O2", "-pthread", "-o", self.helper(helper), str(HERE / f"{helper}.c")], check=True)

    def helper(self, name: str) -> str:
        return str(self.folder / name)

    def run(self, argv: list, timeout: float, out=subprocess.DEVNULL) -> Run:
        result = self.folder / "result"
        subprocess.run([self.helper("timer"), str(result), str(int(timeout * 1000)), *argv], check=True,
                       stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL, env=self.environment)
        begin, end, status, left = result.read_text().split()
        return Run(int(begin), int(end), status, int(left))

    def rounds(self, candidates: dict, once) -> dict:
        """For each name its samples of once(candidate), a number of seconds or None for "did not end". A first round
        warms caches and is not counted. Who did not end is not asked again."""
        samples = {name: [] for name in candidates}
        for turn in range(self.runs + 1):
            for name, candidate in candidates.items():
                have = samples[name]
                if None in have or (len(have) >= SLOW_RUNS and statistics.median(have) > SLOW_SECONDS):
                    continue
                progress(f"{name}: run {turn} of {self.runs}")
                sample = once(candidate)
                if turn > 0 or sample is None:
                    have.append(sample)
        progress("")
        return samples


def release_build() -> str:
    """Builds the program that is measured where none is named."""
    for step in (["--preset", "release", "-Wno-dev"], ["--build", "--preset", "release", "--target", "gpulaunch"]):
        subprocess.run(["cmake", *step], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return str(ROOT / "build" / "release" / "app" / "gpulaunch")


def progress(text: str):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def row(samples: list, unit: float, reference: list, timeout: float) -> list:
    """median, min–max, ratio to and difference from the reference's median, number of runs."""
    if None in samples:
        return [f"did not end ({timeout:.0f} s)", "", "", "", "1"]
    middle = statistics.median(samples)
    spread = f"{min(samples) * unit:.2f}–{max(samples) * unit:.2f}"
    if not reference:
        return [f"{middle * unit:.2f}", spread, "", "", str(len(samples))]
    base = statistics.median(reference)
    return [f"{middle * unit:.2f}", spread, f"{middle / base:.2f}", f"{(middle - base) * unit:+.2f}", str(len(samples))]


def print_paired(samples: dict, name: str, reference: str):
    """The ratio of two candidates, run by run, which slow drifts of the machine do not touch."""
    if not all(samples.get(each) and None not in samples[each] for each in (name, reference)):
        return
    ratios = sorted(one / other for one, other in zip(samples[name], samples[reference]))
    quarter = len(ratios) // 4
    print(f"{name} / {reference}, run by run: median {statistics.median(ratios):.3f}, "
          f"middle half {ratios[quarter]:.3f}–{ratios[-1 - quarter]:.3f}, {len(ratios)} pairs")


def print_table(title: str, head: list, rows: list):
    widths = [max(len(str(line[i])) for line in [head, *rows]) for i in range(len(head))]
    print(f"\n{title}\n")
    for line in [head, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(line, widths)) + " |")


def print_absent(launchers: list):
    for launcher in launchers:
        if launcher.absent:
            print(f"not measured: {launcher.name}: {launcher.absent}")


def write_json(path: str, results: dict):
    if path:
        pathlib.Path(path).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
