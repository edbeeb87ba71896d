"""PyTorch's DistributedDataParallel on a small model: gloo on CPUs, NCCL where each rank has a GPU. Checks at the end
that it learned and that all ranks hold the same parameters.

    gpulaunch -n 4 train_ddp.py
    gpulaunch -n 4 train_ddp.py --fail-rank 1       rank 1 raises an error in its second epoch
    torchrun --standalone --nproc_per_node=4 train_ddp.py       with torchrun linked to gpulaunch, or the real one
"""
import argparse
import os
import sys

import torch
import torch.distributed as dist
from torch.distributed.elastic.multiprocessing.errors import record
from torch.nn.parallel import DistributedDataParallel

SAMPLES, BATCH = 512, 64


def device_of_rank() -> torch.device:
    """The GPU of this rank, where there are as many as local ranks; with one visible device, that one."""
    visible = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if visible == 0 or (1 < visible < int(os.environ["LOCAL_WORLD_SIZE"])):
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ["LOCAL_RANK"]) if visible > 1 else 0)


def make_samples(rank: int, device: torch.device):
    """This rank's own share of the data: z = sin(2x) * cos(y)."""
    points = torch.rand(SAMPLES, 2, generator=torch.Generator().manual_seed(1000 + rank)) * 3.0 - 1.5
    targets = torch.sin(2.0 * points[:, :1]) * torch.cos(points[:, 1:])
    return points.to(device), targets.to(device)


def train_epoch(model, optimizer, points, targets) -> float:
    """One pass over this rank's data; the mean loss over all ranks."""
    total = torch.zeros(1, device=points.device)
    for first in range(0, SAMPLES, BATCH):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(points[first:first + BATCH]), targets[first:first + BATCH])
        loss.backward()  # averages the gradients over all ranks
        optimizer.step()
        total += loss.detach()
    dist.all_reduce(total)
    return total.item() * BATCH / SAMPLES / dist.get_world_size()


def ranks_agree(model) -> bool:
    mine = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    everyone = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
    dist.all_gather(everyone, mine)
    return all(torch.equal(mine, other) for other in everyone)


def train(settings, device: torch.device) -> bool:
    rank = dist.get_rank()
    torch.manual_seed(7)  # every rank starts from the same weights
    network = torch.nn.Sequential(torch.nn.Linear(2, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1)).to(device)
    model = DistributedDataParallel(network)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    points, targets = make_samples(rank, device)
    losses = []
    for epoch in range(settings.epochs):
        if rank == settings.fail_rank and epoch == 1:
            raise ValueError(f"rank {rank} fails in epoch 2, as --fail-rank asks")
        losses.append(train_epoch(model, optimizer, points, targets))
        if rank == 0:
            print(f"epoch {epoch + 1:3}  loss {losses[-1]:.6f}", flush=True)
    same = ranks_agree(model)
    print(f"rank {rank} of {dist.get_world_size()} on {device}: parameters {'agree' if same else 'DIFFER'}", flush=True)
    return same and (len(losses) < 2 or losses[-1] < losses[0])


@record  # writes an error file that the launcher reads
def main() -> int:
    parser = argparse.ArgumentParser(description="a small data-parallel trainer")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--fail-rank", type=int, default=-1)
    settings = parser.parse_args()
    device = device_of_rank()
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    good = train(settings, device)
    dist.destroy_process_group()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
