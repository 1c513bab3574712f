"""Training in one process and in two, and what is written of it."""

import os
import tempfile
from pathlib import Path

import torch
import torch.distributed as dist

GOLDEN = Path(__file__).parents[3] / "tools/testing/golden"


def in_one_and_two(train):
    """What `train(ways)` returns in process 0 of one, and of two. The one has no naive way: there is nothing to average."""
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        for world in (1, 2):
            torch.multiprocessing.spawn(process, args=(world, folder, train), nprocs=world)
        return [torch.load(f"{folder}/{world}.pt") for world in (1, 2)]


def process(rank, world, folder, train):
    dist.init_process_group("gloo", init_method=f"file://{folder}/{world}", rank=rank, world_size=world)
    result = train({"needed": True} if world == 1 else {"needed": True, "naive": False})
    if rank == 0:
        torch.save(result, f"{folder}/{world}.pt")
    dist.barrier()
    dist.destroy_process_group()


def stepped(history):
    """In one tensor, the parameters after each step, which are the same in all processes."""
    others = [torch.empty_like(history[-1]) for _ in range(dist.get_world_size())]
    dist.all_gather(others, history[-1])
    assert all(torch.equal(other, history[-1]) for other in others), "the replicas have drifted apart"
    return torch.stack(history)


def expect_same(name, one, two):
    """The same training in one process and in two; and how far what DDP does alone ends from it."""
    distance = lambda a, b: ((a - b)[-1].norm() / a[-1].norm()).item()
    whole, parted, naive = one[name]["needed"], two[name]["needed"], two[name]["naive"]
    print(f"{name:40} {distance(whole, parted):.0e} {distance(whole, naive):.0e}")
    assert distance(whole, parted) < 1e-12


def rounded(x):
    return [float(f"{value:.9g}") for value in x.reshape(-1).tolist()]
