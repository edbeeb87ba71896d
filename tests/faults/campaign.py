"""Random attacks on the guardians of a job: one or two of them get SIGKILL, some were stopped before, at a random moment
of the start, the run, the grace period or the hard kill. Each attack is made from the seed and its number alone, so that
one that found something can be repeated."""
import collections
import random
import signal
import time

from guarded_job import GUARDIANS, PROCESSES_PER_RANK, GuardedJob

PHASES = ("start", "run", "grace", "hard kill")
# A launcher's ranks that ignore TERM: the disposition outlives the exec.
STUBBORN_LEADERS = ("sh", "-c", 'trap "" TERM; exec "$@"', "sh")
LONGEST_START = 0.15
FLAGS = {"grace": ("--stop-grace", "100s"), "hard kill": ("--stop-grace", "10ms", "--linger", "5ms")}


class Attack:
    def __init__(self, seed: str, number: int):
        dice = random.Random(f"{seed}/{number}")
        self.number = number
        self.phase = dice.choice(PHASES)
        self.victims = dice.sample(GUARDIANS, dice.choice((1, 2)))
        self.stopped = dice.sample(GUARDIANS, dice.choice((0, 0, 1, 2, 3)))
        self.delay = dice.uniform(0.0, {"start": LONGEST_START, "run": 0.02, "grace": 0.05, "hard kill": 0.05}[self.phase])
        self.between = dice.choice((0.0, 0.0, dice.uniform(0.0, 0.01)))  # from one kill to the next

    def __str__(self):
        stops = f", {' and '.join(self.stopped)} stopped before" if self.stopped else ""
        return (f"attack {self.number}: {' and '.join(self.victims)} killed {self.delay * 1000:.1f} ms into the "
                f"{self.phase}, {self.between * 1000:.1f} ms apart{stops}")

    def strike(self, job: GuardedJob):
        """Somebody is killed in any case: early in the start, the victim may not be born yet."""
        if self.phase != "start":
            job.wait_until_in_place()
        if self.phase in FLAGS:
            job.hit("front", signal.SIGTERM)
        time.sleep(self.delay)
        for who in GUARDIANS:
            job.guardian(who)
        for who in self.stopped:
            job.hit(who, signal.SIGSTOP)
        killed = 0
        for who in self.victims:
            killed += job.hit(who, signal.SIGKILL)
            time.sleep(self.between)
        if killed == 0:
            job.hit("front", signal.SIGKILL)
        # Nobody but its shell continues the front. Until then nobody may be there to act: a gap that is known.
        if self.stopped:
            job.hit("front", signal.SIGCONT)


def once(attack: Attack, gpulaunch: str, hostile: str, bound: float, ranks: int) -> tuple:
    job = GuardedJob(gpulaunch, hostile, FLAGS.get(attack.phase, ()),
                     STUBBORN_LEADERS if attack.phase in FLAGS else (), ranks)
    try:
        attack.strike(job)
        wrong, took = job.verdict(time.monotonic(), bound)
        return wrong, took, job.output()
    finally:
        job.close()


def main(gpulaunch: str, hostile: str, seed: str, numbers, bound: float, ranks: int) -> bool:
    """True when nobody has survived any of the attacks."""
    times = []
    counts = collections.Counter()
    failures = 0
    for number in numbers:
        attack = Attack(seed, number)
        wrong, took, output = once(attack, gpulaunch, hostile, bound, ranks)
        times.append(took)
        counts[attack.phase] += 1
        counts[f"{len(attack.victims)} killed"] += 1
        if wrong:
            failures += 1
            print(f"FAILED: {attack}\n  " + "\n  ".join(wrong) + f"\n  output: {output}\n"
                  f"  again: scripts/soak --starts 0 --kills 1 --ranks {ranks} --seed {seed} --first {number}", flush=True)
    if times:
        times.sort()
        print(f"attacks on jobs of {PROCESSES_PER_RANK * ranks} processes: {len(times)} ({', '.join(f'{count} {name}' for name, count in sorted(counts.items()))}): "
              f"{failures} with survivors; until nobody was left: median {times[len(times) // 2] * 1000:.1f} ms, "
              f"worst {times[-1] * 1000:.1f} ms (bound {bound * 1000:.0f} ms)")
    return failures == 0
