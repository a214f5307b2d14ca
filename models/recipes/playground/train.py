"""Trains the playground's video and text encoders. See README.md for the recipe; run.sh for how it is run.

    python3 train.py --out DIR [--resume DIR] [--seconds 560] [--stages image:70,video4:280,video8:650] [--batch 768] ...

The schedule is made of stages measured in seconds of training; a run stops after --seconds, leaves a checkpoint and is
continued by --resume, so that it fits machines lent for ten minutes at a time.
"""

import argparse
import json
import math
import os
import time
from dataclasses import asdict
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

import world
from checkpoint import describe_bundle, export_weights, load_parts, save_parts
from degrade import to_pixels
from evaluate import Validation
from feeder import Feeder, make_tokenizer
from model import Config, Retrieval, after_scan, before_scan
from tokenizer import write_tokenizer
from gpu_renderer import GpuRenderer

# Rendered (height, width), both multiples of 16; the encoder sees a square whatever the shape.
SIZES = ((112, 112), (128, 128), (144, 144), (160, 160), (112, 144), (128, 160), (144, 112), (128, 176))
PAIR_TEMPERATURE = 0.05
SEEDS_PER_STAGE = 1_000_000
RENDER_SLICE = 128  # clips degraded at once: bounds memory


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--resume", type=Path)
    p.add_argument("--seconds", type=float, default=560, help="stop, with a checkpoint, after this long")
    p.add_argument("--stages", default="image:70,video4:280,video8:650",
                   help="kind:seconds of training, in order; the digit is the number of frames")
    p.add_argument("--batch", type=int, default=768)
    p.add_argument("--image-batch", type=int, default=3072)
    p.add_argument("--lr", type=float, default=1.2e-3)
    p.add_argument("--width", type=int, default=192)
    p.add_argument("--depth", type=int, default=12)
    p.add_argument("--workers", type=int, default=max(2, (os.cpu_count() or 4) - 2))
    p.add_argument("--distill", type=Path, help="checkpoint folder of a smaller teacher (self-distillation)")
    p.add_argument("--evaluate-every", type=float, default=60, help="seconds")
    p.add_argument("--seed", type=int, default=0, help="offset into the training seeds, in batches")
    p.add_argument("--no-compile", action="store_true")
    p.add_argument("--device", default="cuda")
    p.add_argument("--final-only", action="store_true", help="leave the bundle, no checkpoint, even if stopped early")
    return p.parse_args()


def parameter_groups(modules, decay):
    """Weight decay on matrices alone: not on norms, biases, tables, A_log, D."""
    plain, decayed = [], []
    for module in modules:
        for name, p in module.named_parameters():
            table = any(part in name for part in ("A_log", "A_b_log", "pos_embed", "embedding", "cls_token"))
            (plain if p.ndim < 2 or table else decayed).append(p)
    return [{"params": decayed, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}]


def parse_stage(text):
    """'video4:280' -> ('video', 4 frames, 280 seconds)"""
    name, seconds = text.split(":")
    return ("image", 1, float(seconds)) if name == "image" else ("video", int(name.removeprefix("video")), float(seconds))


class Heads(nn.Module):
    """Training only: which nouns and which events a clip shows, read off its pooled features."""

    def __init__(self, config, nouns, events):
        super().__init__()
        self.nouns, self.events = nn.Linear(config.width, nouns), nn.Linear(config.width, events)


class Trainer:
    def __init__(self, args):
        self.args, self.device = args, torch.device(args.device)
        args.out.mkdir(parents=True, exist_ok=True)
        self.tokenizer = make_tokenizer(Config.max_tokens)
        self.config = Config(width=args.width, depth=args.depth, vocabulary=len(self.tokenizer.vocabulary))
        self.started = time.time()
        self.validation_batches = Validation.draw(self.config, self.tokenizer)
        self.stages = [parse_stage(text) for text in args.stages.split(",")]
        self.state = {"stage": 0, "stage_seconds": 0.0, "step": 0, "clips": 0, "seconds": 0.0, "batches": args.seed}
        resumed = load_parts(args.resume) if args.resume else None
        if resumed:
            self.state = resumed["state"]
        # Forks, so before anything touches CUDA; a later stage's workers fill their queue and wait.
        self.feeders = {i: self.make_feeder(i) for i in range(self.state["stage"], len(self.stages))}
        torch.manual_seed(self.state["batches"])
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        self.model = Retrieval(self.config).to(self.device)
        self.heads = Heads(self.config, len(world.NOUNS), len(world.EVENTS)).to(self.device)
        self.modules = [self.model, self.heads]
        fused = {"fused": True} if self.device.type == "cuda" else {}
        self.optimizer = torch.optim.AdamW(parameter_groups(self.modules, 0.05), lr=args.lr, betas=(0.9, 0.98), **fused)
        if resumed:
            self.model.load_state_dict(resumed["model"])
            self.heads.load_state_dict(resumed["heads"])
            self.restore_moments(resumed["moments"])
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.pieces = (before_scan, after_scan)
        if not args.no_compile and self.device.type == "cuda":
            self.pieces = tuple(torch.compile(f, dynamic=False) for f in self.pieces)
        self.renderer = GpuRenderer(self.device)
        self.generator = torch.Generator(self.device).manual_seed(1 + self.state["batches"])
        self.teacher = self.load_teacher(args.distill) if args.distill else None
        self.log_file = open(args.out / "log.jsonl", "a", encoding="utf8")

    # ------------------------------------------------------------------------------------------ stages and state

    @property
    def kind(self):
        return self.stages[self.state["stage"]][0]

    @property
    def stage_seconds(self):
        return self.stages[self.state["stage"]][2]

    def make_feeder(self, stage):
        a, (kind, frames, _) = self.args, self.stages[stage]
        n = a.image_batch if kind == "image" else a.batch
        first_seed = world.TRAIN_SEEDS.start + stage * SEEDS_PER_STAGE + self.state["batches"]
        return Feeder(kind, n, frames, self.config.max_tokens, first_seed, a.workers)

    def restore_moments(self, moments):
        for group in self.optimizer.param_groups:
            for p in group["params"]:
                step, first, second = moments.pop(0)
                self.optimizer.state[p] = {
                    "step": torch.tensor(float(step), device=self.device if self.device.type == "cuda" else None),
                    "exp_avg": first.to(self.device, torch.float32), "exp_avg_sq": second.to(self.device, torch.float32),
                }

    def checkpoint(self):
        moments = []
        for group in self.optimizer.param_groups:
            for p in group["params"]:
                s = self.optimizer.state[p]
                moments.append((float(s["step"]), s["exp_avg"].to(torch.bfloat16).cpu(), s["exp_avg_sq"].to(torch.bfloat16).cpu()))
        cpu = lambda d: {k: v.detach().cpu() for k, v in d.items()}
        return {"state": self.state, "config": asdict(self.config), "model": cpu(self.average),
                "heads": cpu(self.heads.state_dict()), "moments": moments}

    def load_teacher(self, folder):
        saved = load_parts(folder)
        teacher = Retrieval(Config(**saved["config"])).to(self.device).eval()
        teacher.load_state_dict(saved["model"])
        self.bridge = nn.Linear(self.config.width, teacher.config.width).to(self.device)
        self.optimizer.add_param_group({"params": list(self.bridge.parameters()), "weight_decay": 0.0})
        return teacher

    def log(self, **entry):
        entry = {"step": self.state["step"], "seconds": round(self.state["seconds"], 1), **entry}
        line = json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in entry.items()})
        print(line, flush=True)
        self.log_file.write(line + "\n")
        self.log_file.flush()

    # ------------------------------------------------------------------------------------------------- one step

    def learning_rate(self):
        """Linear warm-up over 80 steps of the stage, then cosine over the stage down to 2 %."""
        progress = min(1.0, self.state["stage_seconds"] / self.stage_seconds)
        last = self.state["stage"] == len(self.stages) - 1
        floor = 0.02 if last else 0.3
        warm = min(1.0, (self.state["step"] - self.state.get("stage_step", 0) + 1) / 80)
        return self.args.lr * warm * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * progress)))

    def losses(self, batch):
        model, dev = self.model, self.device
        height, width = SIZES[int(torch.randint(len(SIZES), (1,)))]
        frames = self.renderer.render(batch["background"], batch["states"], height, width)
        pixels = torch.cat([to_pixels(f, self.config.image, self.generator) for f in frames.split(RENDER_SLICE)])
        ids = torch.from_numpy(batch["ids"]).to(dev)
        longest = int((ids != 0).sum(1).max())
        ids = ids[:, :longest]
        mask = ids != 0
        vision, pooled = model.vision_encoder(pixels, self.pieces)
        states = model.text_encoder(ids, mask)
        v, t = model.embed_video(pooled), model.embed_text(states)
        n = len(v)
        similarity = t @ v.T
        logits = similarity / model.temp.clamp(0.01, 0.5)
        target = torch.arange(n, device=dev)
        losses = {"contrastive": (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2}
        features = pooled.mean(1)
        nouns = torch.zeros(n, len(world.NOUNS) + 1, device=dev)
        nouns.scatter_(1, torch.from_numpy(batch["noun_ids"]).to(dev).long() % (len(world.NOUNS) + 1), 1.0)
        losses["nouns"] = F.binary_cross_entropy_with_logits(self.heads.nouns(features), nouns[:, :-1]) * len(world.NOUNS) / 10
        if self.kind == "video":
            own = similarity.diagonal()
            twin = torch.from_numpy(batch["twin_of"]).to(dev).long()
            other_video, other_text = similarity[target, twin], similarity[twin, target]
            losses["pairs"] = (F.softplus((other_video - own) / PAIR_TEMPERATURE).mean()
                               + F.softplus((other_text - own) / PAIR_TEMPERATURE).mean()) / 2
            events = torch.from_numpy(batch["events"]).to(dev).float()
            losses["events"] = F.binary_cross_entropy_with_logits(self.heads.events(features), events) * len(world.EVENTS) / 10
            losses["matching"] = self.matching_loss(states, mask, vision, logits.detach(), twin)
            if self.teacher is not None:
                with torch.no_grad():
                    _, taught = self.teacher.vision_encoder(pixels)
                losses["distill"] = F.mse_loss(self.bridge(pooled), taught)
        return losses

    def matching_loss(self, states, mask, vision, logits, twin):
        """ITM on a quarter of the batch: the true clip, its twin, and one mined from the batch by similarity."""
        n = len(states)
        rows = torch.randperm(n, device=self.device)[: n // 4]
        mined = logits[rows].clone()
        mined.scatter_(1, rows[:, None], -torch.inf)
        hard = torch.multinomial(mined.softmax(1), 1)[:, 0]
        text = torch.cat([rows, rows, rows])
        video = torch.cat([rows, twin[rows], hard])
        output = self.model.match(states[text], mask[text], vision[video])
        positive = torch.cat([torch.ones_like(rows), torch.zeros_like(rows), torch.zeros_like(rows)])
        loss = F.cross_entropy(output, positive, reduction="none")
        return (loss * torch.where(positive == 1, 1.0, 0.5)).mean() * 1.5

    def weights(self):
        stage_progress = min(1.0, self.state["stage_seconds"] / self.stage_seconds)
        auxiliary = max(0.1, 1 - 1.5 * stage_progress)
        return {"contrastive": 1.0, "pairs": 1.0, "matching": 0.5, "nouns": auxiliary, "events": 2 * auxiliary, "distill": 1.0}

    def step(self):
        batch = self.feeders[self.state["stage"]].next()
        self.state["batches"] += 1
        lr = self.learning_rate()
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        losses = self.losses(batch)
        weights = self.weights()
        total = sum(weights[name] * value for name, value in losses.items())
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        norm = nn.utils.clip_grad_norm_([p for g in self.optimizer.param_groups for p in g["params"]], 1.0)
        self.optimizer.step()
        self.state["step"] += 1
        self.state["clips"] += len(batch["ids"])
        decay = min(0.999, (1 + self.state["step"]) / (10 + self.state["step"]))
        with torch.no_grad():
            current = self.model.state_dict()
            names = list(self.average)
            torch._foreach_lerp_([self.average[k] for k in names], [current[k] for k in names], 1 - decay)
        return losses, norm, lr

    # ------------------------------------------------------------------------------------------------- the run

    def next_stage(self):
        self.state.update(stage=self.state["stage"] + 1, stage_seconds=0.0, stage_step=self.state["step"])
        self.feeders.pop(self.state["stage"] - 1).close()
        return self.state["stage"] < len(self.stages)

    def run(self):
        validation = Validation(self.validation_batches, self.config, self.renderer, self.device)
        self.log(event="start", stages=self.args.stages, vocabulary=self.config.vocabulary,
                 parameters=sum(p.numel() for p in self.model.parameters()),
                 start_seconds=time.time() - self.started, device=str(self.device))
        last, evaluated, printed = time.time(), self.state["seconds"], self.state["step"]
        done = False
        while time.time() - self.started < self.args.seconds:
            losses, norm, lr = self.step()
            if self.state["step"] - printed >= 50 or self.state["step"] in (1, 10):
                printed = self.state["step"]
                values = {k: v.item() for k, v in losses.items()}  # waits for the GPU, so that the clock is honest
                self.log(kind=self.kind, clips=self.state["clips"], lr=lr, norm=float(norm), **values)
            if self.device.type == "cuda" and self.state["step"] % 10 == 0:
                torch.cuda.synchronize()
            now = time.time()
            self.state["seconds"] += now - last
            self.state["stage_seconds"] += now - last
            last = now
            if self.kind == "video" and self.state["seconds"] - evaluated >= self.args.evaluate_every:
                evaluated = self.state["seconds"]
                self.log(event="validation", **validation.measure(self.model, self.average))
                last = time.time()
            if self.state["stage_seconds"] >= self.stage_seconds and not self.next_stage():
                done = True
                break
        self.log(event="validation", done=done, **validation.measure(self.model, self.average))
        self.finish(done)

    def finish(self, done):
        """The bundle when training is over, a checkpoint when it is to go on."""
        out = self.args.out
        if done or self.args.final_only:
            export_weights(out / "weights.safetensors", self.average)
            write_tokenizer(out / "tokenizer.json", self.tokenizer.vocabulary)
            provenance = {"recipe": "models/recipes/playground", "clips": self.state["clips"], "steps": self.state["step"],
                          "trainingSeconds": round(self.state["seconds"]), "stages": self.args.stages}
            (out / "bundle.json").write_text(json.dumps(describe_bundle(self.config, provenance), indent=2) + "\n")
        else:
            save_parts(self.checkpoint(), out)
        for feeder in self.feeders.values():
            feeder.close()


if __name__ == "__main__":
    Trainer(arguments()).run()
