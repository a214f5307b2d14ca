"""The answering decoder: the frozen encoder's tokens -> a resampler -> a soft prompt -> a small language model.

Sizes fit 5 MB of half-precision weights. Everything is pre-norm with RMSNorm and no biases. The prompt and the question
see each other in both directions; the answer sees them and what it has said so far.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from model import RMSNorm, low


@dataclass(frozen=True)
class AnswerConfig:
    vision: int = 192  # C, width of the encoder's tokens
    places: int = 49  # P, patches of a frame
    times: int = 8  # T', frames
    hidden: int = 192
    heads: int = 6
    cells: tuple[int, int, int] = (2, 4, 4)  # of time, height, width: one query looks after each
    resampler_layers: int = 3
    resampler_intermediate: int = 384
    layers: int = 3
    intermediate: int = 640
    vocabulary: int = 1700
    positions: int = 64  # question and answer together, in tokens

    @property
    def queries(self):  # = length of the soft prompt
        return math.prod(self.cells)


def project(linear, x):
    return F.linear(low(x), low(linear.weight))


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads = config.heads
        square = lambda: nn.Linear(config.hidden, config.hidden, bias=False)
        self.query, self.key, self.value, self.output = square(), square(), square(), square()

    def forward(self, x, memory, mask=None):
        """x [B, L, H] looks at memory [B, M, H]; mask [B, 1, L, M] (or to be spread to it), True = look."""
        B, L, H = x.shape
        split = lambda t: t.view(B, -1, self.heads, H // self.heads).transpose(1, 2)
        q, k, v = split(project(self.query, x)), split(project(self.key, memory)), split(project(self.value, memory))
        if x.is_cuda:
            context = F.scaled_dot_product_attention(q, k, v, mask)
        else:
            scores = q @ k.transpose(-1, -2) / math.sqrt(H // self.heads)
            context = (scores if mask is None else scores.masked_fill(~mask, -torch.inf)).softmax(-1) @ v
        return project(self.output, context.transpose(1, 2).reshape(B, L, H)).float()


class FeedForward(nn.Module):
    def __init__(self, hidden, intermediate):
        super().__init__()
        self.up, self.down = nn.Linear(hidden, intermediate, bias=False), nn.Linear(intermediate, hidden, bias=False)

    def forward(self, x):
        return project(self.down, F.gelu(project(self.up, x))).float()


class Layer(nn.Module):
    """Attention and feed-forward, each with a norm before and a residual around it."""

    def __init__(self, config, intermediate):
        super().__init__()
        self.attention_norm, self.attention = RMSNorm(config.hidden), Attention(config)
        self.feed_forward_norm, self.feed_forward = RMSNorm(config.hidden), FeedForward(config.hidden, intermediate)

    def forward(self, x, memory=None, mask=None):
        """Looks at `memory`, or at itself."""
        normed = self.attention_norm(x)
        x = x + self.attention(normed, normed if memory is None else memory, mask)
        return x + self.feed_forward(self.feed_forward_norm(x))


class Resampler(nn.Module):
    """Queries that look at all tokens of a clip: [B, T'P, C] -> [B, Q, H].

    As in Q-Former and Perceiver, but a query is not learned alone: it starts from the mean of the tokens in its cell of
    space and time, so that it can ask for more of what is there. Queries without that tell the things of a clip apart
    only after long training, although the encoder's tokens keep each thing at its place.
    """

    def __init__(self, config):
        super().__init__()
        H = config.hidden
        self.input = nn.Linear(config.vision, H, bias=False)
        self.place = nn.Parameter(torch.randn(config.places, H) * 0.4)
        self.time = nn.Parameter(torch.randn(config.times, H) * 0.4)
        self.memory_norm = RMSNorm(H)
        self.queries = nn.Parameter(torch.randn(config.queries, H) * 0.3)
        self.cells, self.grid = config.cells, (config.times, math.isqrt(config.places), math.isqrt(config.places))
        self.cell = nn.Linear(H, H, bias=False)
        nn.init.eye_(self.cell.weight)
        self.layers = nn.ModuleList([Layer(config, config.resampler_intermediate) for _ in range(config.resampler_layers)])
        self.norm = RMSNorm(H)

    def forward(self, tokens):
        B = len(tokens)
        where = (self.time[:, None] + self.place).flatten(0, 1)
        memory = self.memory_norm(project(self.input, tokens).float() + where)
        means = F.adaptive_avg_pool3d(memory.transpose(1, 2).unflatten(2, self.grid), self.cells).flatten(2).transpose(1, 2)
        x = self.queries + project(self.cell, means).float()
        for layer in self.layers:
            x = layer(x, memory)
        return self.norm(x)


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.words = nn.Embedding(config.vocabulary, config.hidden)
        self.positions = nn.Embedding(config.positions, config.hidden)
        self.layers = nn.ModuleList([Layer(config, config.intermediate) for _ in range(config.layers)])
        self.norm = RMSNorm(config.hidden)
        nn.init.normal_(self.words.weight, std=0.05)
        nn.init.normal_(self.positions.weight, std=0.05)

    def forward(self, prompt, question, answer):
        """prompt [S, Q, H], question [S, Lq] (0 = padding), answer [S, La] as fed -> logits [S, La + 1, V].

        The first logits are those at the question's last token: what the answer starts with.
        """
        S, Q, _ = prompt.shape
        lengths = (question != 0).sum(1)
        Lq, La = question.shape[1], answer.shape[1]
        L = Q + Lq + La
        steps = torch.arange(L, device=prompt.device)
        positions = torch.cat([steps[:Lq].expand(S, -1), lengths[:, None] + steps[:La]], 1)
        positions = positions.clamp(max=self.positions.num_embeddings - 1)
        x = torch.cat([prompt, self.words(torch.cat([question, answer], 1)) + self.positions(positions)], 1)
        always = torch.ones(S, Q + La, dtype=torch.bool, device=x.device)
        valid = torch.cat([always[:, :Q], question != 0, always[:, Q:]], 1)
        spare = -L % 8  # so that fused attention takes the mask
        x, valid = F.pad(x, (0, 0, 0, spare)), F.pad(valid, (0, spare))
        steps = torch.arange(L + spare, device=x.device)
        mask = (valid[:, None, :] & ((steps < Q + Lq) | (steps <= steps[:, None])))[:, None]
        for layer in self.layers:
            x = layer(x, None, mask)
        last = x[torch.arange(S, device=x.device), Q + lengths - 1]
        x = self.norm(torch.cat([last[:, None], x[:, Q + Lq : L]], 1))
        return F.linear(low(x), low(self.words.weight)).float()


class Answerer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.resampler, self.decoder = Resampler(config), Decoder(config)
