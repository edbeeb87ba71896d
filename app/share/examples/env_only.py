"""A worker that needs no library at all: rank and size come from the environment, as mpi4py would have given them.
Each rank integrates its share of 4/(1+x^2) over [0, 1]; the shares of all ranks add up to pi.

    gpulaunch -n 4 env_only.py
"""
import os
import sys

STEPS = 400_000


def share(rank: int, size: int) -> float:
    width = 1.0 / STEPS
    return sum(4.0 / (1.0 + ((i + 0.5) * width) ** 2) for i in range(rank, STEPS, size)) * width


def main() -> int:
    if "RANK" not in os.environ:
        print("no RANK in the environment: start me with gpulaunch -n 4 env_only.py", file=sys.stderr)
        return 1
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    print(f"rank {rank} of {size}: my share of pi is {share(rank, size):.9f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
