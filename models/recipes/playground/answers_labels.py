"""What is where: labels of the cells of a clip, for the part of the decoder's training that ties features to places.

Not a part of what ships: two heads on the soft prompt learn from them, and are thrown away afterwards.
"""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from answers_model import project
from world import ALPHA, BG_HALF_HEIGHT, BG_HALF_WIDTH, EVENTS, MAX_OBJECTS, NOUNS, SIZE, SPRITE, VISIBLE, X, Y

NOTHING = len(NOUNS)
BACKGROUND_WEIGHT = 0.15  # most cells show nothing
REACH = 0.6  # of an object's side: how far from its middle a patch may be and still show it


def events_of_objects(scenes, states):
    """What each drawn object does or has done to it: multi-hot float32 [n, MAX_OBJECTS, EVENTS]."""
    events = np.zeros((len(scenes), MAX_OBJECTS, len(EVENTS)), np.float32)
    sprites = states[:, :, :, SPRITE].max(1)
    for i, scene in enumerate(scenes):
        for event in scene.events:
            for actor in (event.actor, event.other):
                if actor >= 0:
                    events[i, sprites[i] == scene.actors[actor].noun, event.kind] = 1
    return events


@torch.no_grad()
def cell_labels(background, states, events, cells, edge):
    """For clips [B]: nouns float [B, Q, NOUNS + 1], the share of each cell that shows each noun or nothing, and events
    float [B, Q, EVENTS], those of the object shown there most, zeros where none is.

    background [B, K], states [B, T, O, S], events [B, O, EVENTS]; frames have edge x edge patches.
    """
    B, T, O, _ = states.shape
    middles = (torch.arange(edge, device=states.device) + 0.5) / edge * 2 - 1
    px = (middles * background[:, BG_HALF_WIDTH, None])[:, None, None, None, :]  # [B, T, O, row, column]
    py = (middles * background[:, BG_HALF_HEIGHT, None])[:, None, None, :, None]
    of = lambda column: states[..., column][..., None, None]
    distance = torch.maximum((px - of(X)).abs(), (py - of(Y)).abs()) / of(SIZE)
    shown = (of(VISIBLE) > 0.5) & (of(ALPHA) > 0.3) & (distance < REACH)
    nearest = torch.where(shown, distance, torch.inf).min(2)  # [B, T, row, column]
    is_shown = nearest.values < torch.inf
    objects = F.one_hot(nearest.indices, O) * is_shown[..., None]
    share = F.adaptive_avg_pool3d(objects.permute(0, 4, 1, 2, 3).float(), cells).flatten(2).transpose(1, 2)  # [B, Q, O]
    sprites = F.one_hot(states[..., SPRITE].amax(1).long(), NOTHING + 1).float()  # [B, O, nouns]
    nouns = share @ sprites
    nouns[..., NOTHING] += 1 - share.sum(-1)
    most = F.one_hot(share.argmax(-1), O) * (share.amax(-1, keepdim=True) > 0)
    return nouns, most.float() @ events


class CellHeads(nn.Module):
    """Reads nouns and events off the soft prompt, cell by cell."""

    def __init__(self, hidden):
        super().__init__()
        self.noun, self.event = nn.Linear(hidden, NOTHING + 1), nn.Linear(hidden, len(EVENTS))
        nn.init.constant_(self.event.bias, -math.log(15))

    def forward(self, prompt, nouns, events, weight):
        """Loss of prompt [B, Q, H] against labels; weight [B] of each clip."""
        scores = project(self.noun, prompt).float() + self.noun.bias
        shows = 1 - nouns[..., NOTHING]
        each = weight[:, None] * (BACKGROUND_WEIGHT + (1 - BACKGROUND_WEIGHT) * shows)
        noun_loss = (-(nouns * scores.log_softmax(-1)).sum(-1) * each).sum() / each.sum()
        seen = weight[:, None] * (shows > 0)
        logits = project(self.event, prompt).float() + self.event.bias
        event_loss = (F.binary_cross_entropy_with_logits(logits, events, reduction="none").sum(-1) * seen).sum() / seen.sum()
        return noun_loss, event_loss
