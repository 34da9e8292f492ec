"""The training step of dense_step.c in PyTorch, written as a user would write it.

    dense_step_torch.py THREADS STEPS      prints median and best step in milliseconds, and the last loss

Binary weights are made by where() with a straight-through gradient; Adam's update of the weights is scaled by the
parameter group's rate and the weights are clipped after it (arXiv 1511.00363).
"""
import statistics
import sys
import time

import torch

BATCH, SAMPLES, WARM_UP = 200, 2000, 5
WIDTHS = [784, 1024, 1024, 1024, 10]


class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weight):
        return torch.where(weight >= 0, torch.ones_like(weight), -torch.ones_like(weight))

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class BinaryLinear(torch.nn.Linear):
    def forward(self, x):
        return torch.nn.functional.linear(x, Sign.apply(self.weight))


def network():
    layers = []
    for inputs, units in zip(WIDTHS, WIDTHS[1:]):
        layers += [BinaryLinear(inputs, units, bias=False), torch.nn.BatchNorm1d(units, eps=1e-4), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    for layer in net:
        if isinstance(layer, BinaryLinear):
            torch.nn.init.uniform_(layer.weight, -1.0, 1.0)
    return net


def main():
    threads, steps = (int(argument) for argument in sys.argv[1:3])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    net = network()
    weights = [layer.weight for layer in net if isinstance(layer, BinaryLinear)]
    others = [p for layer in net if isinstance(layer, torch.nn.BatchNorm1d) for p in layer.parameters()]
    optimizer = torch.optim.Adam([{"params": weights, "lr": 35 * 3e-3}, {"params": others, "lr": 3e-3}])
    samples = torch.randint(0, 256, (SAMPLES, WIDTHS[0]), dtype=torch.uint8)
    labels = torch.arange(SAMPLES) % WIDTHS[-1]
    times = []
    for step in range(-WARM_UP, steps):
        first = (step + WARM_UP) * BATCH % SAMPLES
        start = time.perf_counter()
        x = samples[first:first + BATCH].float() / 255
        target = 2 * torch.nn.functional.one_hot(labels[first:first + BATCH], WIDTHS[-1]).float() - 1
        loss = torch.clamp(1 - target * net(x), min=0).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for weight in weights:
                weight.clamp_(-1, 1)
        if step >= 0:
            times.append((time.perf_counter() - start) * 1e3)
    print(f"{statistics.median(times):.3f} {min(times):.3f} {loss.item():.6f}")


if __name__ == "__main__":
    main()
