"""The answering decoder: the frozen encoder's tokens -> a resampler -> a soft prompt -> a small language model.

Sizes fit 5 MB of half-precision weights. Everything is pre-norm with RMSNorm and no biases. The prompt sees itself; the
question sees the prompt and itself in both directions; the answer sees both and what it has said so far. As the prompt
knows nothing of the question, it is read once for all questions about a clip.
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
    cells: tuple[int, int, int] = (4, 7, 7)  # of time, height, width: one query looks after each
    resampler_layers: int = 2
    resampler_intermediate: int = 384
    layers: int = 4
    intermediate: int = 576
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

    def split(self, x):
        B, L, H = x.shape
        return x.view(B, L, self.heads, H // self.heads).transpose(1, 2)

    def keys_values(self, memory):
        """[B, M, H] -> keys and values, each [B, heads, M, H / heads]."""
        return self.split(project(self.key, memory)), self.split(project(self.value, memory))

    def forward(self, x, keys, values, mask=None):
        """x [B, L, H] looks at keys and values; mask: added to the scores, [B, 1, L, M]."""
        B, L, H = x.shape
        query = self.split(project(self.query, x))
        if x.is_cuda:
            context = F.scaled_dot_product_attention(query, keys, values, None if mask is None else low(mask))
        else:
            scores = query @ keys.transpose(-1, -2) / math.sqrt(H // self.heads)
            context = (scores if mask is None else scores + mask).softmax(-1) @ values
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

    def forward(self, x, memory=None, past=None, mask=None):
        """Looks at `memory`, or at itself and what was read before (`past`: keys and values). -> x, keys and values."""
        normed = self.attention_norm(x)
        keys, values = self.attention.keys_values(normed if memory is None else memory)
        if past is not None:
            keys, values = (torch.cat(pair, 2) for pair in zip(past, (keys, values)))
        x = x + self.attention(normed, keys, values, mask)
        return x + self.feed_forward(self.feed_forward_norm(x)), (keys, values)


class Resampler(nn.Module):
    """Queries that look at all tokens of a clip: [B, T'P, C] -> [B, Q, H].

    As in Q-Former and Perceiver, but a query is not learned: it starts from the mean of the tokens in its cell of space
    and time, so that it can ask for more of what is there. Learned queries tell the things of a clip apart only after
    long training, although the encoder's tokens keep each thing at its place.
    """

    def __init__(self, config):
        super().__init__()
        H = config.hidden
        self.input = nn.Linear(config.vision, H, bias=False)
        self.place = nn.Parameter(torch.randn(config.places, H) * 0.4)
        self.time = nn.Parameter(torch.randn(config.times, H) * 0.4)
        self.memory_norm = RMSNorm(H)
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
        x = project(self.cell, means).float()
        for layer in self.layers:
            x, _ = layer(x, memory)
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

    def read(self, prompt):
        """prompt [B, Q, H] -> keys and values of every layer, [B, heads, Q, H / heads] each."""
        x, read = prompt, []
        for layer in self.layers:
            x, keys_values = layer(x)
            read.append(keys_values)
        return read

    def forward(self, read, question, answer):
        """What `read` gave for B clips; question [B * n, Lq] (0 = padding) and answer [B * n, La] as fed, n of each clip
        -> logits [B * n, La + 1, V].

        The first logits are those at the question's last token: what the answer starts with.
        """
        S, Lq = question.shape
        lengths = (question != 0).sum(1)
        La = answer.shape[1]
        L = Lq + La
        steps = torch.arange(L, device=question.device)
        positions = torch.cat([steps[:Lq].expand(S, -1), lengths[:, None] + steps[:La]], 1)
        positions = positions.clamp(max=self.positions.num_embeddings - 1)
        x = self.words(torch.cat([question, answer], 1)) + self.positions(positions)
        B, _, Q, _ = read[0][0].shape
        spare = -(Q + L) % 8  # so that fused attention takes the mask
        x = F.pad(x, (0, 0, 0, spare))
        steps = torch.arange(L + spare, device=x.device)
        valid = F.pad(torch.cat([question != 0, torch.ones_like(answer, dtype=torch.bool)], 1), (0, spare))
        seen = valid[:, None, :] & ((steps < Lq) | (steps <= steps[:, None]))
        mask = torch.zeros(S, 1, L + spare, Q + L + spare, device=x.device)
        mask[:, 0, :, Q:].masked_fill_(~seen, -1e4)
        for layer, past in zip(self.layers, read):
            past = [each[:, None].expand(-1, S // B, -1, -1, -1).flatten(0, 1) for each in past]
            x, _ = layer(x, None, past, mask)
        last = x[torch.arange(S, device=x.device), lengths - 1]
        x = self.norm(torch.cat([last[:, None], x[:, Lq:L]], 1))
        return F.linear(low(x), low(self.words.weight)).float()


class Answerer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.resampler, self.decoder = Resampler(config), Decoder(config)
