"""The selective scan as a differentiable operation: our CUDA kernels on the GPU, a slow loop elsewhere.

Shapes (K = 2 directions; direction 1 runs over the tokens in reverse; tensors keep their natural token order):
u, delta [K, B, L, E]; bc [K, B, L, 2N] (B, then C); A [K, E, N] negative; D, bias [K, E]; result [K, B, L, E].
"""

import ctypes
import math
from pathlib import Path

import torch
import torch.nn.functional as F

LIBRARY = Path(__file__).parent / "out" / "libtraining_scan.so"
LOG2E = math.log2(math.e)


def scan_reference(u, delta, A, bc, D, bias):
    """The recurrence written out, in float64: the oracle of the kernels, and good enough for a smoke run on a CPU."""
    dtype, (K, B, L, E), N = u.dtype, u.shape, A.shape[-1]
    u, delta, A, bc, D, bias = (x.double() for x in (u, delta, A, bc, D, bias))
    d = F.softplus(delta + bias[:, None, None])
    results = []
    for k in range(K):
        h = u.new_zeros(B, E, N)
        ys = [None] * L
        for t in range(L) if k == 0 else range(L - 1, -1, -1):
            decay = torch.exp(d[k, :, t, :, None] * A[k])
            h = decay * h + (d[k, :, t] * u[k, :, t])[..., None] * bc[k, :, t, None, :N]
            ys[t] = (h * bc[k, :, t, None, N:]).sum(-1) + D[k] * u[k, :, t]
        results.append(torch.stack(ys, 1))
    return torch.stack(results).to(dtype)


class _CudaScan(torch.autograd.Function):
    library = None

    @classmethod
    def load(cls):
        if cls.library is None:
            cls.library = ctypes.CDLL(str(LIBRARY))
        return cls.library

    @staticmethod
    def forward(ctx, u, delta, A2, bc, D, bias):
        library = _CudaScan.load()
        K, B, L, E = u.shape
        for tensor in (u, delta, A2, bc, D, bias):
            assert tensor.is_contiguous() and tensor.is_cuda
        assert u.dtype == delta.dtype == bc.dtype == torch.bfloat16 and A2.shape == (2, E, 16) and K == 2
        chunks = -(-L // library.training_scan_chunk())
        y = torch.empty_like(u)
        states = torch.empty(K, B, chunks, 16, E, device=u.device, dtype=torch.float32)
        call(library.training_scan_forward, [u, delta, A2, bc, D, bias, y, states], (B, L, E))
        ctx.save_for_backward(u, delta, A2, bc, D, bias, states)
        return y

    @staticmethod
    def backward(ctx, dy):
        u, delta, A2, bc, D, bias, states = ctx.saved_tensors
        _, B, L, E = u.shape
        du, ddelta = torch.empty_like(u), torch.empty_like(u)
        dbc = torch.zeros(bc.shape, device=u.device, dtype=torch.float32)
        dA2, dD, dbias = torch.zeros_like(A2), torch.zeros_like(D), torch.zeros_like(bias)
        tensors = [u, delta, A2, bc, D, bias, states, dy.contiguous(), du, ddelta, dbc, dA2, dD, dbias]
        call(_CudaScan.load().training_scan_backward, tensors, (B, L, E))
        return du, ddelta, dA2, dbc.to(bc.dtype), dD, dbias


def call(function, tensors, sizes):
    pointers = [ctypes.c_void_p(t.data_ptr()) for t in tensors]
    code = function(*pointers, *sizes, ctypes.c_void_p(torch.cuda.current_stream().cuda_stream))
    if code != 0:
        raise RuntimeError(f"{function.__name__} failed with CUDA error {code} at (batch, length, channels) = {sizes}")


def selective_scan(u, delta, A, bc, D, bias):
    if u.is_cuda:
        return _CudaScan.apply(u, delta, (A * LOG2E).contiguous(), bc, D.contiguous(), bias.contiguous())
    return scan_reference(u, delta, A, bc, D, bias)
