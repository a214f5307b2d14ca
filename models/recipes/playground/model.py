"""VideoMamba video encoder, BERT text encoder with fusion layers, and the heads: the reference's computation and the
reference's parameter names, so that a trained model is exported by writing its state_dict.

Written for training speed: every block is two compiled pieces with our scan kernel between them.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from scan import selective_scan


@dataclass(frozen=True)
class Config:
    width: int = 192
    depth: int = 12
    state: int = 16
    patch: int = 16
    image: int = 112
    frames: int = 8
    projection: int = 192
    hidden: int = 192
    text_layers: int = 6
    fusion_layer: int = 4
    heads: int = 4
    intermediate: int = 768
    vocabulary: int = 2000
    max_tokens: int = 40

    @property
    def inner(self):
        return 2 * self.width

    @property
    def dt_rank(self):
        return math.ceil(self.width / 16)

    @property
    def grid(self):
        return self.image // self.patch


def low(x):
    """Matrix products run in bf16 on the GPU, in f32 on a CPU."""
    return x.to(torch.bfloat16) if x.is_cuda else x


# ------------------------------------------------------------------------------------------------- video encoder


def before_scan(residual, norm, in_proj, conv_w, conv_b, x_proj, dt_proj, eps, rank):
    """RMSNorm, in_proj, both depthwise convolutions + SiLU, x_proj and dt_proj of one block.

    residual [B, L, C] f32 -> u, delta [2, B, L, E], bc [2, B, L, 2N], z [B, L, E].
    conv_w [2, E, 4]: direction 1 is causal in reversed order, hence anti-causal here.
    """
    B, L, _ = residual.shape
    hidden = residual * torch.rsqrt(residual.square().mean(-1, keepdim=True) + eps) * norm
    xz = F.linear(low(hidden), low(in_proj))
    E = xz.shape[-1] // 2
    x, z = xz[..., :E], xz[..., E:]
    padded = F.pad(x, (0, 0, 3, 3)).float()
    forward, backward = conv_b[0], conv_b[1]
    for tap in range(4):
        forward = forward + conv_w[0, :, tap] * padded[:, tap : tap + L]
        backward = backward + conv_w[1, :, tap] * padded[:, 6 - tap : 6 - tap + L]
    u = low(F.silu(torch.stack([forward, backward])))
    flat = u.view(2, B * L, E)
    x_dbl = torch.bmm(flat, low(x_proj).transpose(1, 2))
    delta = torch.bmm(x_dbl[..., :rank].contiguous(), low(dt_proj).transpose(1, 2)).view(2, B, L, E)
    return u, delta, x_dbl[..., rank:].contiguous().view(2, B, L, -1), z.contiguous()


def after_scan(residual, y, z, out_proj):
    gated = (y[0].float() + y[1].float()) * F.silu(z.float())
    return residual + F.linear(low(gated), low(out_proj)).float()


class Mixer(nn.Module):
    def __init__(self, config):
        super().__init__()
        C, E, N, R = config.width, config.inner, config.state, config.dt_rank
        self.in_proj = nn.Linear(C, 2 * E, bias=False)
        self.out_proj = nn.Linear(E, C, bias=False)
        with torch.no_grad():
            self.out_proj.weight /= math.sqrt(config.depth)
        for suffix in ("", "_b"):
            setattr(self, f"conv1d{suffix}", nn.Conv1d(E, E, 4, groups=E))
            setattr(self, f"x_proj{suffix}", nn.Linear(E, R + 2 * N, bias=False))
            dt_proj = nn.Linear(R, E)
            with torch.no_grad():  # Mamba's initialization: softplus(bias) log-uniform in [0.001, 0.1]
                nn.init.uniform_(dt_proj.weight, -(R**-0.5), R**-0.5)
                dt = torch.exp(torch.rand(E) * (math.log(0.1) - math.log(0.001)) + math.log(0.001)).clamp(min=1e-4)
                dt_proj.bias.copy_(dt + torch.log(-torch.expm1(-dt)))
            setattr(self, f"dt_proj{suffix}", dt_proj)
            A_log = torch.log(torch.arange(1, N + 1).float()).repeat(E, 1)
            setattr(self, "A_log" if suffix == "" else "A_b_log", nn.Parameter(A_log))
            setattr(self, f"D{suffix}", nn.Parameter(torch.ones(E)))

    def both(self, name):
        """The parameter of both directions, stacked."""
        head, *rest = name.split(".")
        second = "A_b_log" if head == "A_log" else f"{head}_b"
        values = []
        for first in (head, second):
            value = getattr(self, first)
            for part in rest:
                value = getattr(value, part)
            values.append(value)
        return torch.stack(values)


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.mixer = Mixer(config)
        self.norm = RMSNorm(config.width)
        self.rank = config.dt_rank

    def forward(self, residual, pieces):
        before, after = pieces
        m = self.mixer
        u, delta, bc, z = before(residual, self.norm.weight, m.in_proj.weight, m.both("conv1d.weight").squeeze(2),
                                 m.both("conv1d.bias"), m.both("x_proj.weight"), m.both("dt_proj.weight"),
                                 RMSNorm.eps, self.rank)
        y = selective_scan(u, delta, -torch.exp(m.both("A_log")), bc, m.both("D"), m.both("dt_proj.bias"))
        return after(residual, y, z, m.out_proj.weight)


class RMSNorm(nn.Module):
    eps = 1e-5

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        if x.is_cuda:
            return F.rms_norm(x, self.weight.shape, self.weight, self.eps)
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


class PatchEmbed(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.proj = nn.Conv3d(3, config.width, (1, config.patch, config.patch))

    def forward(self, pixels, grid, patch):
        B, T = pixels.shape[:2]
        patches = pixels.view(B, T, 3, grid, patch, grid, patch).permute(0, 1, 3, 5, 2, 4, 6).reshape(B, T, grid * grid, -1)
        return F.linear(low(patches), low(self.proj.weight.flatten(1)), low(self.proj.bias)).float()


class VideoEncoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        C, P = config.width, config.grid**2
        self.patch_embed = PatchEmbed(config)
        self.cls_token = nn.Parameter(torch.randn(1, 1, C) * 0.02)
        self.pos_embed = nn.Parameter(torch.randn(1, 1 + P, C) * 0.02)
        self.temporal_pos_embedding = nn.Parameter(torch.zeros(1, config.frames, C))
        self.layers = nn.ModuleList([Block(config) for _ in range(config.depth)])
        self.norm = RMSNorm(C)
        self.pool_norm = nn.LayerNorm(C)

    def forward(self, pixels, pieces=(before_scan, after_scan)):
        """pixels [B, T, 3, S, S], normalized -> tokens without cls [B, T P, C], pooled [B, T, C]."""
        B, T = pixels.shape[:2]
        patches = self.patch_embed(pixels, self.config.grid, self.config.patch) + self.pos_embed[:, None, 1:]
        if T > 1:  # the image stage (T = 1) has no place in time; fewer frames share out the table's entries
            table = self.temporal_pos_embedding.view(1, T, -1, self.config.width).mean(2)
            patches = patches + table[:, :, None]
        cls = (self.cls_token + self.pos_embed[:, :1]).expand(B, -1, -1)
        residual = torch.cat([cls, patches.flatten(1, 2)], 1)
        for layer in self.layers:
            residual = layer(residual, pieces)
        tokens = self.norm(residual)
        pooled = self.pool_norm(tokens[:, :1] + tokens[:, 1:].view(B, T, -1, tokens.shape[-1]).mean(2))
        return tokens[:, 1:], pooled


# ------------------------------------------------------------------------------------- text encoder and fusion


def linear(layer, x):
    return F.linear(low(x), low(layer.weight), low(layer.bias)).float()


class AttentionInputs(nn.Module):
    def __init__(self, hidden, source):
        super().__init__()
        self.query, self.key, self.value = nn.Linear(hidden, hidden), nn.Linear(source, hidden), nn.Linear(source, hidden)


class ResidualOutput(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.dense = nn.Linear(inputs, hidden)
        self.LayerNorm = nn.LayerNorm(hidden, eps=1e-12)

    def forward(self, x, residual):
        return self.LayerNorm(linear(self.dense, x) + residual)


class Attention(nn.Module):
    def __init__(self, config, source):
        super().__init__()
        self.heads = config.heads
        self.self = AttentionInputs(config.hidden, source)
        self.output = ResidualOutput(config.hidden, config.hidden)

    def forward(self, x, source, mask):
        B, L, H = x.shape
        split = lambda t: low(t).view(B, -1, self.heads, H // self.heads).transpose(1, 2)
        q, k, v = split(linear(self.self.query, x)), split(linear(self.self.key, source)), split(linear(self.self.value, source))
        scores = (q @ k.transpose(-1, -2)).float() / math.sqrt(H // self.heads)
        if mask is not None:
            scores = scores.masked_fill(~mask[:, None, None, :], -1e4)
        context = low(scores.softmax(-1)) @ v
        return self.output(context.transpose(1, 2).reshape(B, L, H), x)


class Intermediate(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden, config.intermediate)


class TextLayer(nn.Module):
    def __init__(self, config, fusion):
        super().__init__()
        self.attention = Attention(config, config.hidden)
        if fusion:
            self.crossattention = Attention(config, config.width)
        self.intermediate = Intermediate(config)
        self.output = ResidualOutput(config.intermediate, config.hidden)

    def forward(self, x, mask, vision=None):
        x = self.attention(x, x, mask)
        if vision is not None:
            x = self.crossattention(x, vision, None)
        return self.output(F.gelu(linear(self.intermediate.dense, x)), x)


class Embeddings(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocabulary, config.hidden)
        self.position_embeddings = nn.Embedding(config.max_tokens, config.hidden)
        self.token_type_embeddings = nn.Embedding(2, config.hidden)
        self.LayerNorm = nn.LayerNorm(config.hidden, eps=1e-12)
        for table in (self.word_embeddings, self.position_embeddings, self.token_type_embeddings):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, ids):
        positions = torch.arange(ids.shape[1], device=ids.device)
        x = self.word_embeddings(ids) + self.position_embeddings(positions) + self.token_type_embeddings.weight[0]
        return self.LayerNorm(x)


class Bert(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embeddings = Embeddings(config)
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleList([TextLayer(config, i >= config.fusion_layer) for i in range(config.text_layers)])


class TextEncoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.fusion_layer = config.fusion_layer
        self.bert = Bert(config)

    def forward(self, ids, mask):
        """ids, mask [N, L] -> [N, L, H]."""
        x = self.bert.embeddings(ids)
        for layer in self.bert.encoder.layer[: self.fusion_layer]:
            x = layer(x, mask)
        return x

    def fuse(self, x, mask, vision):
        """Text states [N, L, H] looking at vision tokens [N, T P, C] -> [N, L, H]."""
        for layer in self.bert.encoder.layer[self.fusion_layer :]:
            x = layer(x, mask, vision)
        return x


class Retrieval(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.vision_encoder = VideoEncoder(config)
        self.text_encoder = TextEncoder(config)
        self.vision_proj = nn.Linear(config.width, config.projection)
        self.text_proj = nn.Linear(config.hidden, config.projection)
        self.itm_head = nn.Linear(config.hidden, 2)
        self.temp = nn.Parameter(torch.tensor(0.07))

    def embed_video(self, pooled):
        """[B, T, C] -> [B, D]: the mean over frames of unit vectors, not normalized again."""
        return F.normalize(F.linear(pooled, self.vision_proj.weight, self.vision_proj.bias), dim=-1).mean(1)

    def embed_text(self, states):
        return F.normalize(F.linear(states[:, 0], self.text_proj.weight, self.text_proj.bias), dim=-1)

    def match(self, states, mask, vision):
        return F.linear(self.text_encoder.fuse(states, mask, vision)[:, 0], self.itm_head.weight, self.itm_head.bias)
