"""Reads the environment the way jax.distributed.initialize() without arguments does, and checks that it describes this
rank. JAX takes rank and size from a cluster that it recognises, here by Open MPI's variables; --compat jax sets them.
JAX itself is not needed.

    gpulaunch -n 4 --compat jax jax_env.py
"""
import os
import re
import sys

URI = "OMPI_MCA_orte_hnp_uri"  # by this one JAX recognises the cluster
ADDRESS_IN_URI = re.compile(r"tcp://(.+?)[,:]|tcp6://\[(.+?)[,\]]")


def coordinator() -> str:
    """Address and port of process 0, by the rules of JAX's Open MPI cluster."""
    if "JAX_COORDINATOR_ADDRESS" in os.environ:
        return os.environ["JAX_COORDINATOR_ADDRESS"]
    uri = os.environ[URI]
    host = next(part for part in ADDRESS_IN_URI.search(uri).groups() if part)
    from_job_id = int(uri.split(".", maxsplit=1)[0]) // 2**12 % 2**12 + (65535 - 2**12 + 1)
    return f"{host}:{os.environ.get('JAX_COORDINATOR_PORT', from_job_id)}"


def problems() -> list:
    """What does not fit, one line each."""
    if URI not in os.environ:
        return [f"{URI} is not set: start me with gpulaunch -n 4 --compat jax jax_env.py"]
    twins = {"OMPI_COMM_WORLD_RANK": "RANK", "OMPI_COMM_WORLD_SIZE": "WORLD_SIZE",
             "OMPI_COMM_WORLD_LOCAL_RANK": "LOCAL_RANK"}
    found = [f"{theirs}={os.environ.get(theirs)} but {ours}={os.environ.get(ours)}" for theirs, ours in twins.items()
             if os.environ.get(theirs) != os.environ.get(ours)]
    if not re.fullmatch(r".+:\d+", coordinator()):
        found.append(f"{coordinator()!r} is no address with a port")
    return found


def main() -> int:
    found = problems()
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"process {os.environ['OMPI_COMM_WORLD_RANK']} of {os.environ['OMPI_COMM_WORLD_SIZE']}, "
              f"coordinator {coordinator()}, local devices {os.environ.get('JAX_LOCAL_DEVICE_IDS', 'by local rank')}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
