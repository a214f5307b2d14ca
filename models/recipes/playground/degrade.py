"""From rendered frames to what the encoder sees in the product: compressed, decoded, resized, normalized.

Training renders clean pixels, users bring lossy video. Blocks of 8 x 8 are quantized in the cosine domain as JPEG does,
with a strength drawn per clip; chroma is halved as in yuv420p.
"""

import math

import torch
import torch.nn.functional as F

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Rows: R, G, B -> Y, Cb, Cr (BT.601, full range, zero-centred chroma)
RGB_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
# JPEG Annex K, the luminance table
QUANTIZATION = (
    (16, 11, 10, 16, 24, 40, 51, 61), (12, 12, 14, 19, 26, 58, 60, 55), (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62), (18, 22, 37, 56, 68, 109, 103, 77), (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101), (72, 92, 95, 98, 112, 100, 103, 99),
)


def cosine_basis(device):
    k, n = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij")
    basis = torch.cos(math.pi * (2 * n + 1) * k / 16) * math.sqrt(2 / 8)
    basis[0] /= math.sqrt(2)
    return basis.to(device)


def compress(frames, strength):
    """frames [N, 3, H, W] in 0..255 (H, W multiples of 16), strength [N] (0: untouched, 1: JPEG quality 50)."""
    N, _, H, W = frames.shape
    basis = cosine_basis(frames.device)
    table = torch.tensor(QUANTIZATION, device=frames.device, dtype=torch.float32)
    to_ycc = torch.tensor(RGB_TO_YCC, device=frames.device)
    ycc = torch.einsum("ij,njhw->nihw", to_ycc, frames)
    luma, chroma = ycc[:, :1], F.avg_pool2d(ycc[:, 1:], 2)

    def quantize(plane):
        n, c, h, w = plane.shape
        blocks = plane.view(n, c, h // 8, 8, w // 8, 8).transpose(3, 4)
        step = strength.clamp(min=0.02)[:, None, None, None, None, None] * table
        coefficients = torch.round((basis @ blocks @ basis.T) / step) * step
        return (basis.T @ coefficients @ basis).transpose(3, 4).reshape(n, c, h, w)

    lossy = torch.cat([quantize(luma), F.interpolate(quantize(chroma), scale_factor=2)], 1)
    rgb = torch.einsum("ij,njhw->nihw", torch.linalg.inv(to_ycc), lossy)
    return torch.where((strength > 0)[:, None, None, None], rgb, frames)


def to_pixels(frames, image_size, generator, degrade=True):
    """uint8 [N, T, H, W, 3] -> normalized float [N, T, 3, S, S] as the product's preprocessing would give.

    degrade: 70 % of the clips are compressed (strength log-uniform in 0.25 .. 3) and jittered in brightness and contrast.
    """
    N, T, H, W, _ = frames.shape
    x = frames.permute(0, 1, 4, 2, 3).reshape(N * T, 3, H, W).float()
    if degrade:
        draw = lambda: torch.rand(N, device=x.device, generator=generator)
        strength = torch.where(draw() < 0.7, torch.exp(draw() * math.log(12.0)) * 0.25, torch.zeros(N, device=x.device))
        contrast, brightness = 1 + 0.1 * (draw() - 0.5), 12 * (draw() - 0.5)
        per_frame = lambda v: v.repeat_interleave(T)
        x = compress(x, per_frame(strength))
        x = (x - 127.5) * per_frame(contrast)[:, None, None, None] + 127.5 + per_frame(brightness)[:, None, None, None]
        x = x.clamp(0, 255)
    if (H, W) != (image_size, image_size):
        x = F.interpolate(x, (image_size, image_size), mode="bicubic", antialias=True, align_corners=False)
    x = x.round().clamp(0, 255) / 255
    mean, std = (torch.tensor(v, device=x.device)[:, None, None] for v in (MEAN, STD))
    return ((x - mean) / std).view(N, T, 3, image_size, image_size)
