"""The training step of cifar_step.qnn in PyTorch, written as a user would write it.

    cifar_step_torch.py THREADS STEPS      prints median and best step in milliseconds, and the last loss

Binary weights are made by where() with a straight-through gradient; Adam's update of the weights is scaled by the
parameter group's rate and the weights are clipped after it (arXiv 1511.00363). No augmentation, random data.
"""
import statistics
import sys
import time

import torch

BATCH, SAMPLES, WARM_UP, CLASSES = 50, 500, 2, 10


class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weight):
        return torch.where(weight >= 0, torch.ones_like(weight), -torch.ones_like(weight))

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class BinaryConv2d(torch.nn.Conv2d):
    def forward(self, x):
        return torch.nn.functional.conv2d(x, Sign.apply(self.weight), padding=1)


class BinaryLinear(torch.nn.Linear):
    def forward(self, x):
        return torch.nn.functional.linear(x, Sign.apply(self.weight))


def conv(inputs, outputs, pool):
    layers = [BinaryConv2d(inputs, outputs, 3, bias=False)]
    if pool:
        layers.append(torch.nn.MaxPool2d(2))
    return layers + [torch.nn.BatchNorm2d(outputs, eps=1e-4), torch.nn.ReLU()]


def dense(inputs, units):
    return [BinaryLinear(inputs, units, bias=False), torch.nn.BatchNorm1d(units, eps=1e-4), torch.nn.ReLU()]


def network():
    layers = conv(3, 128, False) + conv(128, 128, True) + conv(128, 256, False) + conv(256, 256, True)
    layers += conv(256, 512, False) + conv(512, 512, True) + [torch.nn.Flatten()]
    layers += dense(8192, 1024) + dense(1024, 1024) + dense(1024, CLASSES)[:-1]
    net = torch.nn.Sequential(*layers)
    for layer in net:
        if isinstance(layer, (BinaryConv2d, BinaryLinear)):
            torch.nn.init.uniform_(layer.weight, -1.0, 1.0)
    return net


def main():
    threads, steps = (int(argument) for argument in sys.argv[1:3])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    net = network()
    weights = [layer.weight for layer in net if isinstance(layer, (BinaryConv2d, BinaryLinear))]
    norms = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)
    others = [p for layer in net if isinstance(layer, norms) for p in layer.parameters()]
    optimizer = torch.optim.Adam([{"params": weights, "lr": 50 * 3e-3}, {"params": others, "lr": 3e-3}])
    samples = torch.randint(0, 256, (SAMPLES, 3, 32, 32), dtype=torch.uint8)
    labels = torch.arange(SAMPLES) % CLASSES
    times = []
    for step in range(-WARM_UP, steps):
        first = (step + WARM_UP) * BATCH % SAMPLES
        start = time.perf_counter()
        x = samples[first:first + BATCH].float() / 128 - 1
        target = 2 * torch.nn.functional.one_hot(labels[first:first + BATCH], CLASSES).float() - 1
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
