"""Builds and calls the renderers: render_cpu on numpy arrays, render_cuda on device pointers."""

import ctypes
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from sprites import load_atlas
from world import BACKGROUND_COLUMNS, MAX_OBJECTS, STATE_COLUMNS

HERE = Path(__file__).resolve().parent
# No -march=native: without fused multiply-adds every machine draws the same pixels, and the shipped media are reproducible.
_CPU_BUILD = ("g++", "-O3", "-std=c++17", "-shared", "-fPIC", "-pthread")
_CUDA_BUILD = ("nvcc", "-O3", "-arch=sm_90", "--shared", "-Xcompiler", "-fPIC", "-cudart", "static")


def _build(command: tuple[str, ...], source: str) -> ctypes.CDLL:
    """Compiles `source` into out/ unless a newer library lies there, and loads it."""
    library = HERE / "out" / f"{Path(source).stem}.so"
    library.parent.mkdir(exist_ok=True)
    newest = max((HERE / name).stat().st_mtime for name in (source, "render.inl"))
    if not library.exists() or library.stat().st_mtime < newest:
        # Several trainers' processes may build at once: each writes its own file and the last rename stands.
        handle, fresh = tempfile.mkstemp(suffix=".so", dir=library.parent)
        os.close(handle)
        subprocess.run([*command, str(HERE / source), "-o", fresh], check=True)
        os.replace(fresh, library)
    return ctypes.CDLL(str(library))


@cache
def _cpu():
    function = _build(_CPU_BUILD, "render_cpu.cpp").render_cpu
    function.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_int] * 4 + [ctypes.c_void_p, ctypes.c_int]
    function.restype = None
    return function


@cache
def _cuda():
    function = _build(_CUDA_BUILD, "render_cuda.cu").launch_render
    function.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_int] * 4 + [ctypes.c_void_p] * 2
    function.restype = ctypes.c_int
    return function


@cache
def _atlas() -> np.ndarray:
    return load_atlas()


def render_cpu(background: np.ndarray, states: np.ndarray, height: int, width: int, threads: int = 0) -> np.ndarray:
    """background [N, BACKGROUND_COLUMNS], states [N, T, MAX_OBJECTS, STATE_COLUMNS] -> uint8 [N, T, height, width, 3]."""
    background = np.ascontiguousarray(background, np.float32)
    states = np.ascontiguousarray(states, np.float32)
    clips, frames = states.shape[:2]
    if background.shape != (clips, BACKGROUND_COLUMNS) or states.shape[2:] != (MAX_OBJECTS, STATE_COLUMNS):
        raise ValueError(f"background {background.shape} and states {states.shape} do not fit together")
    out = np.empty((clips, frames, height, width, 3), np.uint8)
    atlas = _atlas()
    _cpu()(
        background.ctypes.data, states.ctypes.data, atlas.ctypes.data, clips, frames, height, width, out.ctypes.data,
        threads or os.cpu_count() or 1,
    )  # fmt: skip
    return out


def render_cuda(
    background: int, states: int, atlas: int, clips: int, frames: int, height: int, width: int, out: int, stream: int = 0
) -> None:
    """The same on the GPU, from device pointers (torch: tensor.data_ptr(), of contiguous tensors); does not wait."""
    error = _cuda()(background, states, atlas, clips, frames, height, width, out, stream)
    if error:
        raise RuntimeError(f"launch_render failed with CUDA error {error} for {clips} x {frames} frames of {width} x {height}")
