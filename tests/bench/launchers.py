"""The launchers that are compared: how each one is told to run N copies of a command, to label their output, and why
one of them is not there. gpulaunch is one of them; the bare posix_spawn loop is what all are related to."""
import dataclasses
import os
import shutil
import subprocess

BARE = "bare loop"
OURS = "gpulaunch"
SILENT = "gpulaunch --diagnosis off"


@dataclasses.dataclass
class Launcher:
    name: str
    command: list  # everything before the options that depend on the run
    count: object  # ranks -> the words that ask for so many
    label: list = dataclasses.field(default_factory=list)  # the words that ask for labelled output
    after: object = lambda ranks: []  # ranks -> words behind the command
    on_failure: list = dataclasses.field(default_factory=list)  # the words that make one failure end the job
    most_ranks: int = 1024
    timeout: float = 60.0
    absent: str = ""  # why it cannot be measured here

    def argv(self, ranks: int, command: list, labels: bool = False, failing: bool = False) -> list:
        options = (self.label if labels else []) + (self.on_failure if failing else [])
        return [*self.command, *options, *self.count(ranks), *command, *self.after(ranks)]


def found(launcher: Launcher) -> Launcher:
    """The same, with the reason filled in where its program is not installed."""
    if not launcher.absent and shutil.which(launcher.command[0]) is None:
        launcher.absent = f"{launcher.command[0]} is not installed"
    return launcher


def gnu_parallel() -> Launcher:
    # Debian's moreutils has another program of this name.
    program = shutil.which("parallel")
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout if program else ""
    return Launcher(
        "GNU parallel", ["parallel", "--will-cite"], count=lambda ranks: ["-j", str(ranks), "-N0"],
        after=lambda ranks: [":::", *map(str, range(ranks))], label=["--tag", "--line-buffer"],
        on_failure=["--halt", "now,fail=1"],
        absent="" if "GNU parallel" in version or not program else "the parallel found here is not GNU's")


def srun() -> Launcher:
    """On this machine alone. A cluster may make us wait; where no controller answers there is no Slurm."""
    answers = shutil.which("srun") and subprocess.run(["sinfo"], capture_output=True).returncode == 0
    return Launcher("srun", ["srun", "--overcommit", "--nodes", "1", "--immediate=10", "--nodelist", os.uname().nodename],
                    count=lambda ranks: ["--ntasks", str(ranks)], label=["--label"], on_failure=["--kill-on-bad-exit"],
                    absent="" if answers or not shutil.which("srun") else "no Slurm controller answers")


def interpreter_of(script: str) -> str:
    """The python of a script's first line; empty for what is no script (gpulaunch linked as torchrun)."""
    with open(script, "rb") as file:
        first = file.readline(200)
    return first[2:].decode().split()[0] if first.startswith(b"#!") else ""


def torchrun() -> Launcher:
    """The one that GPULAUNCH_BENCH_TORCHRUN or PATH leads to, with the version of PyTorch that it belongs to."""
    program = os.environ.get("GPULAUNCH_BENCH_TORCHRUN") or shutil.which("torchrun") or ""
    python = interpreter_of(program) if os.path.isfile(program) else ""
    command = [program, "--standalone", "--no_python"]
    name, absent = "torchrun", "not found (PyPI's torch is 5.4 GB; GPULAUNCH_BENCH_TORCHRUN=/path/to/torchrun names one)"
    if python:
        version = subprocess.run([python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True)
        name = f"torchrun {version.stdout.strip()}"
        # Debian's 1.13 does not work with its Python 3.11.
        trial = subprocess.run([*command, "--nproc_per_node", "1", "/bin/true"], capture_output=True, text=True)
        absent = f"{program} cannot run /bin/true: {trial.stderr.splitlines()[-1]}" if trial.returncode != 0 else ""
    return Launcher(name, command, count=lambda ranks: ["--nproc_per_node", str(ranks)], label=["--tee", "3"],
                    absent=absent)


def all_launchers(bare_loop: str, gpulaunch: str) -> list:
    def flag(word):
        return lambda ranks: [word, str(ranks)]

    return [found(launcher) for launcher in (
        Launcher(BARE, [bare_loop], count=lambda ranks: [str(ranks)]),
        Launcher(OURS, [gpulaunch], count=flag("-n"), label=["--label", "always"]),
        Launcher("MPICH", ["mpirun.mpich"], count=flag("-n"), label=["-prepend-rank"], timeout=15.0),
        # 4.1.4 never ends with 32 and more ranks that exit at once.
        Launcher("Open MPI", ["mpirun.openmpi", "--allow-run-as-root", "--oversubscribe"], count=flag("-n"),
                 label=["--tag-output"], most_ranks=16, timeout=20.0),
        gnu_parallel(),
        torchrun(),
        srun(),
    )]


def with_silent_twin(launchers: list) -> list:
    """With gpulaunch followed by itself without its diagnosis."""
    return [each for launcher in launchers for each in (
        [launcher, dataclasses.replace(launcher, name=SILENT, command=[*launcher.command, "--diagnosis", "off"])]
        if launcher.name == OURS else [launcher])]
