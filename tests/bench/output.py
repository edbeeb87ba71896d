"""How long four ranks take to print 500,000 lines of 100 bytes each, labelled, to /dev/null and into a file, against
the same programs writing there without any launcher in between; gpulaunch with and without its diagnosis. What arrives
in the file is counted and checked."""
import pathlib
import subprocess

from launchers import BARE, OURS, SILENT, with_silent_twin
from measure import print_absent, print_paired, print_table, row

RANKS = 4
LINE_LENGTH = 99  # without the newline; see writer.c


def verdict(path: pathlib.Path, expected: int) -> str:
    """What became of the lines: all whole, or how many are missing or torn."""
    whole = other = 0
    with path.open("rb") as file:
        for line in file:
            start = line.find(b"rank ")
            if start >= 0 and len(line) - start == LINE_LENGTH + 1:
                whole += 1
            else:
                other += 1
    if whole == expected and other == 0:
        return "all whole"
    return f"{whole} of {expected} whole, {other} torn or foreign"


def measure_target(bench, candidates: dict, lines: int, target: str) -> dict:
    """target: a path. Returns samples and, for a real file, what arrived in it in the first run."""
    arrived = {}
    is_file = target != "/dev/null"

    def once(launcher):
        with open(target, "wb") as out:
            argv = launcher.argv(RANKS, [bench.helper("writer"), str(lines)], labels=True)
            run = bench.run(argv, launcher.timeout, out=out)
        if run.status not in ("0", "timeout"):
            raise SystemExit(f"bench: {launcher.name} exited with {run.status}")
        if is_file and launcher.name not in arrived:
            arrived[launcher.name] = verdict(pathlib.Path(target), RANKS * lines)
        return None if run.status == "timeout" else (run.end - run.begin) / 1e9

    samples = bench.rounds(candidates, once)
    rows = [[name, *row(of_one, 1.0, [] if name == BARE else samples.get(BARE, []), candidates[name].timeout),
             arrived.get(name, "")] for name, of_one in samples.items()]
    where = "a file" if is_file else "/dev/null"
    print_table(f"{RANKS} ranks × {lines} lines of 100 bytes, labelled, to {where}",
                ["launcher", "median s", "min–max", "× bare", "over bare s", "runs", "lines"], rows)
    print_paired(samples, OURS, SILENT)
    return samples


def main(bench, launchers: list, arguments) -> dict:
    candidates = {each.name: each for each in with_silent_twin(launchers) if not each.absent}
    subprocess.run(["sync"], check=False)
    results = {"/dev/null": measure_target(bench, candidates, arguments.lines, "/dev/null"),
               "file": measure_target(bench, candidates, arguments.lines, str(bench.folder / "output"))}
    print_absent(launchers)
    return results
