"""The reference's two CUDA kernels, compiled from its sources, under the module names its Python code imports."""

import ctypes
import pathlib
import subprocess
import sys
import types

import torch

HERE = pathlib.Path(__file__).parent


def _compile(name, includes, build):
    library = build / f"{name}.so"
    torch_includes = pathlib.Path(torch.__file__).parent / "include"
    paths = [str(HERE), *map(str, includes), str(torch_includes)]
    command = ["nvcc", "-O3", "-std=c++20", "-arch=sm_90", "--use_fast_math", "-shared", "-Xcompiler=-fPIC", "-w"]
    command += ["--expt-relaxed-constexpr", "--expt-extended-lambda", "-cudart=shared"]
    command += [argument for path in paths for argument in ("-I", path)]
    return library, subprocess.Popen([*command, str(HERE / f"{name}.cu"), "-o", str(library)])


def compile_kernels(source: pathlib.Path, build: pathlib.Path):
    """Starts both compilations at once; returns the paths of the libraries."""
    build.mkdir(parents=True, exist_ok=True)
    convolution = source / "causal-conv1d" / "csrc"
    text = (convolution / "causal_conv1d_fwd.cu").read_text()
    templates = text[: text.index("\ntemplate void causal_conv1d_fwd_cuda<")]
    (build / "causal_conv1d_fwd_templates.cuh").write_text(templates)
    jobs = [
        _compile("scan", [source / "mamba" / "csrc" / "selective_scan"], build),
        _compile("convolution", [build, convolution], build),
    ]
    for library, job in jobs:
        if job.wait() != 0:
            sys.exit(f"{library.name} could not be compiled")
    return [library for library, _ in jobs]


class _ScanCall(ctypes.Structure):
    _fields_ = (
        [(name, ctypes.c_int) for name in ("batch", "channels", "length", "states", "chunks")]
        + [(f"{name}{axis}", ctypes.c_uint) for name in ("u", "delta", "z", "out", "gated") for axis in ("Batch", "Channel")]
        + [(name, ctypes.c_uint) for name in ("bcBatch", "bcState")]
        + [(name, ctypes.c_void_p) for name in ("u", "delta", "A", "B", "C", "D", "z", "deltaBias", "out", "x", "gated")]
    )


class _ConvolutionCall(ctypes.Structure):
    _fields_ = (
        [(name, ctypes.c_int) for name in ("batch", "channels", "length")]
        + [(name, ctypes.c_uint) for name in ("xBatch", "xChannel", "outBatch", "outChannel")]
        + [(name, ctypes.c_void_p) for name in ("x", "weight", "bias", "out")]
    )


def _run(function, call, tensor):
    is_half = {torch.float16: 1, torch.bfloat16: 0}[tensor.dtype]
    stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
    error = function(ctypes.byref(call), is_half, stream)
    if error != 0:
        raise RuntimeError(f"CUDA error {error}")


def install(libraries):
    """Makes `selective_scan_cuda` and `causal_conv1d_cuda` importable."""
    scan_library, convolution_library = (ctypes.CDLL(str(path)) for path in libraries)

    def scan(u, delta, A, B, C, D, z, delta_bias, delta_softplus):
        """As the extension's function of this name: u, delta, z [B, E, L], B and C [B, 1, N, L]."""
        assert delta_softplus and u.stride(2) == delta.stride(2) == z.stride(2) == 1
        assert B.is_contiguous() and C.is_contiguous() and A.is_contiguous()
        batch, channels, length = u.shape
        states = A.shape[1]
        chunks = (length + 2047) // 2048
        out, gated = torch.empty_like(delta), torch.empty_like(z)
        x = torch.empty(batch, channels, chunks, 2 * states, device=u.device, dtype=torch.float32)
        call = _ScanCall(batch=batch, channels=channels, length=length, states=states, chunks=chunks)
        for name, tensor in (("u", u), ("delta", delta), ("z", z), ("out", out), ("gated", gated)):
            setattr(call, f"{name}Batch", tensor.stride(0))
            setattr(call, f"{name}Channel", tensor.stride(1))
        call.bcBatch, call.bcState = B.stride(0), B.stride(2)
        tensors = dict(u=u, delta=delta, A=A, B=B, C=C, D=D, z=z, deltaBias=delta_bias, out=out, x=x, gated=gated)
        for name, tensor in tensors.items():
            setattr(call, name, tensor.data_ptr())
        _run(scan_library.reference_scan, call, u)
        return out, x, gated

    def convolution(x, weight, bias, silu):
        """As the extension's function of this name: x [B, E, L], weight [E, 4], bias [E]."""
        assert silu and x.stride(2) == 1 and weight.is_contiguous() and weight.shape[1] == 4
        out = torch.empty_like(x)
        batch, channels, length = x.shape
        call = _ConvolutionCall(batch=batch, channels=channels, length=length)
        call.xBatch, call.xChannel, call.outBatch, call.outChannel = x.stride(0), x.stride(1), out.stride(0), out.stride(1)
        call.x, call.weight, call.bias, call.out = (each.data_ptr() for each in (x, weight, bias, out))
        _run(convolution_library.reference_convolution, call, x)
        return out

    for name, members in (
        ("selective_scan_cuda", {"fwd": scan}),
        ("causal_conv1d_cuda", {"causal_conv1d_fwd": convolution}),
    ):
        module = types.ModuleType(name)
        module.__dict__.update(members)
        sys.modules[name] = module
