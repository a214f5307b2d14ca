"""The other side of `npm run bench:cuda`: the reference's scan kernel and model, and plain attention, on one NVIDIA GPU.

    python3 reference.py --source CHECKOUT --build FOLDER --out FILE [--models ti,s,m] [--frames 8,16,64] [--curve 8,16,64,256]

CHECKOUT is a clone of github.com/OpenGVLab/VideoMamba (its folders mamba, causal-conv1d, videomamba/video_sm). Needs
PyTorch, Triton, einops and nvcc. Its kernels are compiled as they are; of its Python code nothing is changed, and of the
packages it imports only those a forward pass does without are replaced.
"""

import argparse
import importlib.util
import json
import pathlib
import statistics
import sys
import types

import torch
import torch.nn.functional as F
from torch import nn

import kernels

SIZES = {"ti": (192, 24), "s": (384, 24), "m": (576, 32)}
TOKENS_AT_ONCE = 64 * 1569


def milliseconds(run, rounds=5, warm_ups=2):
    """Median time of `run` on the GPU."""
    for _ in range(warm_ups):
        run()
    times = []
    for _ in range(rounds):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        run()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times)


def batch_of(tokens):
    """As many clips at once as make up 64 of 8 frames: enough to fill the chip, few enough for its memory."""
    return max(1, min(64, TOKENS_AT_ONCE // tokens))


def time_scan(batch, dtype, channels=1152, length=1569, states=16):
    """One direction with gate, as the reference calls it twice for a block. Returns milliseconds."""
    import selective_scan_cuda

    def random(*shape):
        return torch.randn(*shape, device="cuda", dtype=torch.float32)

    u, delta, z = (random(batch, channels, length).to(dtype) for _ in range(3))
    B, C = (random(batch, 1, states, length).to(dtype) for _ in range(2))
    A = -torch.rand(channels, states, device="cuda") * 4 - 0.5
    D, bias = random(channels), random(channels) - 3
    call = lambda: selective_scan_cuda.fwd(u, delta, A, B, C, D, z, bias, True)
    check_scan(call()[2][:1], u[:1], delta[:1], A, B[:1, 0], C[:1, 0], D, z[:1], bias)
    return milliseconds(call, rounds=15)


def check_scan(gated, u, delta, A, B, C, D, z, bias):
    """Against the recurrence in float32: a wrong call would be a meaningless time."""
    u, delta, B, C, z = (each.float() for each in (u, delta, B, C, z))
    delta = F.softplus(delta + bias[:, None])
    state = torch.zeros(1, *A.shape, device="cuda")
    outputs = []
    for t in range(u.shape[2]):
        step = delta[:, :, t, None]
        state = torch.exp(step * A) * state + step * B[:, None, :, t] * u[:, :, t, None]
        outputs.append((state * C[:, None, :, t]).sum(-1) + D * u[:, :, t])
    expected = torch.stack(outputs, -1) * F.silu(z)
    error = (gated.float() - expected).norm() / expected.norm()
    if not error < 1e-2:
        sys.exit(f"the reference's scan is off by {error:.1e}")


def import_reference(source):
    """Its model file, without what a forward pass does not need: timm, and the packages' own imports of everything."""

    def module(name, **members):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__dict__.update(members)
        return sys.modules[name]

    class DropPath(nn.Identity):
        def __init__(self, _):
            super().__init__()

    pair = lambda value: (value, value)
    module("timm")
    module("timm.models")
    module("timm.models.vision_transformer", _cfg=dict, _load_weights=None)
    module("timm.models.registry", register_model=lambda function: function)
    module("timm.models.layers", trunc_normal_=nn.init.trunc_normal_, DropPath=DropPath, to_2tuple=pair)
    for name in ("mamba_ssm", "mamba_ssm.ops", "mamba_ssm.ops.triton", "mamba_ssm.modules"):
        module(name).__path__ = [str(source / "mamba" / name.replace(".", "/"))]
    sys.path.insert(0, str(source / "causal-conv1d"))
    path = source / "videomamba" / "video_sm" / "models" / "videomamba.py"
    spec = importlib.util.spec_from_file_location("reference_videomamba", path)
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    return reference


def time_model(reference, size, frames):
    """Milliseconds a clip, float16, 224 px."""
    width, depth = SIZES[size]
    model = reference.VisionMamba(embed_dim=width, depth=depth, num_frames=frames, num_classes=400)
    model = model.half().cuda().eval()
    batch = batch_of(1 + 196 * frames)
    clips = torch.randn(batch, 3, frames, 224, 224, device="cuda", dtype=torch.float16)
    return milliseconds(lambda: model(clips)) / batch


class AttentionBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.expand, self.contract = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(batch, length, 3, width // 64, 64).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, width)
        x = x + self.project(attended)
        return x + self.contract(F.gelu(self.expand(self.norm2(x))))


def time_attention(frames, width=576, depth=18):
    """Milliseconds a clip of joint attention over all tokens, bfloat16: VideoMamba-M's width and number of weights."""
    embed = nn.Conv3d(3, width, (1, 16, 16), (1, 16, 16)).cuda().bfloat16()
    blocks = nn.Sequential(*(AttentionBlock(width) for _ in range(depth))).cuda().bfloat16().eval()
    batch = batch_of(196 * frames)
    clips = torch.randn(batch, 3, frames, 224, 224, device="cuda", dtype=torch.bfloat16)
    return milliseconds(lambda: blocks(embed(clips).flatten(2).transpose(1, 2)).mean(1), rounds=3) / batch


def numbers(text):
    return [int(part) for part in text.split(",") if part]


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--models", default="ti,s,m")
    parser.add_argument("--frames", type=numbers, default=[8, 16, 64])
    parser.add_argument("--curve", type=numbers, default=[8, 16, 64, 256], help="frames of the cost curves, M")
    options = parser.parse_args()
    kernels.install(kernels.compile_kernels(options.source, options.build))
    reference = import_reference(options.source)
    results = {}

    def report(name, value):
        results[name] = value
        print(f"{name} {value:.5g}", flush=True)
        # Written each time: what is measured stays, whatever happens next.
        options.out.write_text(json.dumps(results))

    for batch in (64, 1):
        report(f"reference.scan.b{batch}.direction_ms", time_scan(batch, torch.bfloat16))
    for size in options.models.split(","):
        for frames in sorted({*options.frames, *(options.curve if size == "m" else [])}):
            report(f"reference.{size}.f{frames}.clip_ms", time_model(reference, size, frames))
            torch.cuda.empty_cache()
    for frames in options.curve:
        report(f"attention.f{frames}.clip_ms", time_attention(frames))
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
