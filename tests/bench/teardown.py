"""How long a launcher takes to end a job after one rank has failed: rank 2 of 4 exits 7 while the others sleep. The
time runs from just before its exit to the end of the launcher."""
import pathlib
import shutil
import tempfile

from launchers import BARE, with_silent_twin
from measure import print_absent, print_table, row

RANKS = 4


def main(bench, launchers: list, arguments) -> dict:
    candidates = {each.name: each for each in with_silent_twin(launchers)
                  if not each.absent and each.name != BARE}
    left = {name: [] for name in candidates}
    statuses = {name: set() for name in candidates}

    def once(launcher):
        folder = tempfile.mkdtemp(dir=bench.folder)
        run = bench.run(launcher.argv(RANKS, [bench.helper("failing_rank"), folder], failing=True),
                        min(launcher.timeout, arguments.timeout))
        left[launcher.name].append(run.left)
        statuses[launcher.name].add(run.status)
        exit_time = pathlib.Path(folder, "exit_time")
        if not exit_time.exists():
            raise SystemExit(f"bench: the ranks of {launcher.name} did not get as far as failing ({run.status})")
        failed_at = int(exit_time.read_text())
        shutil.rmtree(folder)
        return None if run.status == "timeout" else (run.end - failed_at) / 1e9

    samples = bench.rounds(candidates, once)
    rows = []
    for name, of_one in samples.items():
        median, spread, _, _, runs = row(of_one, 1e3, [], min(candidates[name].timeout, arguments.timeout))
        rows.append([name, median, spread, runs, "/".join(sorted(statuses[name])), "" if None in of_one else max(left[name])])
    print_table("rank 2 of 4 exits 7: from its exit to the launcher's end",
                ["launcher", "median ms", "min–max", "runs", "exit code", "processes left"], rows)
    print_absent(launchers)
    return samples
