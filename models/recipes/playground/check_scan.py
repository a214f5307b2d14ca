"""Checks the training scan against the float64 recurrence, gradients included, and times it. Needs the GPU."""

import torch

from scan import scan_reference, selective_scan


def inputs(B, L, E, seed):
    g = torch.Generator("cuda").manual_seed(seed)
    draw = lambda *s: torch.randn(*s, device="cuda", generator=g)
    low = lambda x: x.to(torch.bfloat16).requires_grad_()
    return (low(draw(2, B, L, E)), low(draw(2, B, L, E)), (-torch.exp(draw(2, E, 16) * 0.5)).requires_grad_(),
            low(draw(2, B, L, 32)), draw(2, E).requires_grad_(), (draw(2, E) - 1).requires_grad_())


def relative(a, b):
    return ((a.double() - b.double()).norm() / b.double().norm().clamp(min=1e-9)).item()


def check(B, L, E, seed):
    mine = inputs(B, L, E, seed)
    theirs = [x.detach().double().requires_grad_() for x in mine]
    weight = torch.randn(2, B, L, E, device="cuda").to(torch.bfloat16)
    y = selective_scan(*mine)
    (y * weight).sum().backward()
    expected = scan_reference(*theirs)
    (expected * weight.double()).sum().backward()
    errors = {"y": relative(y, expected)}
    for name, a, b in zip(("u", "delta", "A", "bc", "D", "bias"), mine, theirs):
        errors[name] = relative(a.grad, b.grad)
    print((B, L, E), {k: f"{v:.1e}" for k, v in errors.items()}, flush=True)
    assert all(v < 2e-2 for v in errors.values()), errors


def timed(function, repeats=10):
    for _ in range(3):
        function()
    start, end = torch.cuda.Event(True), torch.cuda.Event(True)
    start.record()
    for _ in range(repeats):
        function()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / repeats


if __name__ == "__main__":
    for case in ((2, 1, 32, 1), (3, 37, 40, 2), (2, 50, 192, 3), (2, 130, 384, 4)):
        check(*case)
    x = inputs(512, 393, 384, 5)
    forward = timed(lambda: selective_scan(*x).detach())
    weight = torch.ones_like(x[0])
    both = timed(lambda: selective_scan(*x).backward(weight))
    updates = 2 * 512 * 393 * 384 * 16
    print(f"forward {forward:.2f} ms ({updates / forward / 1e9:.2f} T updates/s), with backward {both:.2f} ms", flush=True)
