"""The renderer for torch tensors on the GPU."""

import torch

from renderer import render_cuda
from sprites import load_atlas


class GpuRenderer:
    def __init__(self, device):
        self.device = device
        self.atlas = torch.from_numpy(load_atlas()).to(device)

    def render(self, background, states, height, width):
        """numpy background [N, K], states [N, T, O, S] -> uint8 [N, T, height, width, 3] on the GPU."""
        clips, frames = states.shape[:2]
        background = torch.from_numpy(background).to(self.device)
        states = torch.from_numpy(states).to(self.device)
        out = torch.empty(clips, frames, height, width, 3, dtype=torch.uint8, device=self.device)
        stream = torch.cuda.current_stream().cuda_stream
        render_cuda(background.data_ptr(), states.data_ptr(), self.atlas.data_ptr(), clips, frames, height, width, out.data_ptr(), stream)
        return out
