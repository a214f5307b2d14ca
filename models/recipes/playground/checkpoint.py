"""Saving and resuming a training, and exporting its weights as a bundle."""

import io
import json
from pathlib import Path

import numpy as np
import torch

PART_BYTES = 15 << 20  # small enough for any transfer


def save_parts(state, folder, stem="checkpoint"):
    """One torch file cut into parts of at most PART_BYTES."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    data = buffer.getvalue()
    for old in Path(folder).glob(f"{stem}.part*"):
        old.unlink()
    for i in range(0, len(data), PART_BYTES):
        Path(folder, f"{stem}.part{i // PART_BYTES:02d}").write_bytes(data[i : i + PART_BYTES])


def load_parts(folder, stem="checkpoint"):
    parts = sorted(Path(folder).glob(f"{stem}.part*"))
    if not parts:
        return None
    return torch.load(io.BytesIO(b"".join(p.read_bytes() for p in parts)), map_location="cpu", weights_only=False)


def write_safetensors(path, tensors, metadata=None):
    """tensors: {name: numpy array of float16 or float32}; names sorted, header padded to 8 bytes."""
    header, offset = {}, 0
    if metadata:
        header["__metadata__"] = metadata
    names = sorted(tensors)
    for name in names:
        array = tensors[name]
        dtype = {np.dtype("float16"): "F16", np.dtype("float32"): "F32"}[array.dtype]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in names:
            file.write(np.ascontiguousarray(tensors[name]).tobytes())


def read_safetensors(path):
    """-> {name: numpy array}, of float16 or float32."""
    data = Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8 : 8 + length]), memoryview(data)[8 + length :]
    types = {"F16": np.float16, "F32": np.float32}
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def export_weights(path, state_dict):
    """The trained parameters under the reference's names, as f16."""
    tensors = {name: value.detach().cpu().to(torch.float16).numpy() for name, value in state_dict.items()}
    write_safetensors(path, tensors)


def describe_bundle(config, provenance):
    """bundle.json of the playground (docs/bundle-format.md)."""
    return {
        "format": "videre-bundle/1",
        "name": "playground",
        "license": "Apache-2.0",
        "kind": "retrieval",
        "provenance": provenance,
        "video": {
            "width": config.width, "depth": config.depth, "stateSize": config.state, "convWidth": 4, "expand": 2,
            "dtRank": config.dt_rank, "patchSize": config.patch, "tubelet": 1, "imageSize": config.image,
            "frames": config.frames, "normEps": 1e-5,
        },
        "text": {
            "hidden": config.hidden, "layers": config.text_layers, "fusionLayer": config.fusion_layer,
            "heads": config.heads, "intermediate": config.intermediate, "vocabulary": config.vocabulary,
            "maxPosition": config.max_tokens, "layerNormEps": 1e-12, "maxTokens": config.max_tokens,
        },
        "projection": config.projection,
        "preprocessing": {"antialias": True, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        "clips": {"windowSeconds": 3, "strideSeconds": 1},
    }
