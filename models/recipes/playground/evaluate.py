"""Validation while training: retrieval among 1,000 unseen clips, and motion pairs with and without their order in time.

Drawn from the validation seeds, never from the test seeds: the test set is measured by the product alone.
"""

import torch

import world
from degrade import to_pixels

RETRIEVAL, PAIRS, SLICE = 1000, 300, 250


class Validation:
    @staticmethod
    def draw(config, tokenizer):
        """Needs no GPU, so that it is drawn before the workers fork."""
        start = world.VALIDATION_SEEDS.start
        batches = (world.sample_batch(start, RETRIEVAL, config.frames, twins=False, jitter=False),
                   world.sample_batch(start + 1, 2 * PAIRS, config.frames, twins=True, jitter=False))
        for batch in batches:
            batch["ids"] = tokenizer.encode(batch["captions"])
        return batches

    def __init__(self, batches, config, renderer, device):
        self.device = device
        generator = torch.Generator(device).manual_seed(7)
        self.pixels = []
        for batch in batches:
            frames = renderer.render(batch["background"], batch["states"], 144, 144)
            self.pixels.append(torch.cat([to_pixels(f, config.image, generator).half().cpu() for f in frames.split(SLICE)]))
        self.ids = [torch.from_numpy(b["ids"]).to(device) for b in batches]
        self.twin = torch.from_numpy(batches[1]["twin_of"]).to(device).long()
        shuffles = [torch.randperm(config.frames, generator=torch.Generator().manual_seed(i)) for i in range(2 * PAIRS)]
        self.shuffles = torch.stack(shuffles)

    @torch.no_grad()
    def measure(self, model, average):
        kept = {k: v.detach().clone() for k, v in model.state_dict().items()}
        model.load_state_dict(average)
        video = lambda pixels: torch.cat([
            model.embed_video(model.vision_encoder(p.to(self.device).float())[1]) for p in pixels.split(SLICE)])
        text = lambda ids: model.embed_text(model.text_encoder(ids, ids != 0))
        v, t = video(self.pixels[0]), text(self.ids[0])
        similarity = t @ v.T
        rank = (similarity > similarity.diagonal()[:, None]).sum(1)
        result = {f"r{k}": (rank < k).float().mean().item() * 100 for k in (1, 5, 10)}
        t = text(self.ids[1])
        shuffled = self.pixels[1].gather(1, self.shuffles[:, :, None, None, None].expand(-1, -1, *self.pixels[1].shape[2:]))
        for name, pixels in (("motion", self.pixels[1]), ("motion_shuffled", shuffled)):
            v = video(pixels)
            own, other = (t * v).sum(1), (t * v[self.twin]).sum(1)
            result[name] = (own > other).float().mean().item() * 100
        model.load_state_dict(kept)
        return result
