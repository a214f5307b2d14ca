"""Trains the answering decoder on the frozen video encoder of the playground. See README.md.

    python3 answers_train.py --out DIR [--resume DIR [--restart]] [--stop-after 545] [--skip-single 0.75]

Leaves `decoder.safetensors`, `decoder-tokenizer.json` and `decoder.json` (its entry in bundle.json), written anew every
two minutes, and a checkpoint that --resume continues. The learning rate falls over --seconds of training, those of the
runs before included, or to the end of this run if that is nearer; with --restart it rises and falls anew.
"""

import argparse
import json
import math
import multiprocessing
import os
import time
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import world
from answers_labels import CellHeads, cell_labels, events_of_objects
from answers_model import AnswerConfig, Answerer
from answers_questions import KINDS, TRAINING_TURNS, Asker, facts_of, question_words
from checkpoint import export_weights, load_parts, read_safetensors, save_parts
from degrade import to_pixels
from model import Config, VideoEncoder, after_scan, before_scan
from renderer import render_cpu
from tokenizer import Tokenizer, build_vocabulary, write_tokenizer

BUNDLE = Path(__file__).resolve().parents[2] / "playground"
SIZES = ((112, 112), (128, 128), (144, 144), (160, 160), (112, 144), (128, 160), (144, 112), (128, 176))
RENDER_SLICE = 128
BLIND = 0.05  # share of clips whose features are zeros, so that what words alone give away can be measured
VALIDATION_QUESTIONS = 9  # a clip
COMPILING_STEPS = 3  # not counted as training
DESCRIPTION_TOKENS, ANSWER_TOKENS, QUESTION_TOKENS = 32, 16, 40


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--resume", type=Path)
    p.add_argument("--seconds", type=float, default=500, help="of training, runs before included")
    p.add_argument("--stop-after", type=float, default=545, help="seconds of this run, start included; a checkpoint is left")
    p.add_argument("--batch", type=int, default=256, help="clips")
    p.add_argument("--questions", type=int, default=10, help="a clip, besides its description")
    p.add_argument("--restart", action="store_true", help="with --resume: the learning rate starts anew")
    p.add_argument("--skip-single", type=float, default=0.5, help="share of the clips of one thing to leave out")
    p.add_argument("--lr", type=float, default=1.5e-3)
    p.add_argument("--cells", type=float, default=0.5, help="weight of telling what is where, at the start")
    p.add_argument("--warm-up", type=int, default=150, help="steps")
    p.add_argument("--average", type=float, default=0.998, help="decay of the average of the weights")
    p.add_argument("--reserve", type=float, default=18, help="seconds of a run for validation and saving")
    p.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 4) - 2))
    p.add_argument("--seed", type=int, default=0, help="offset into the training seeds, in batches")
    p.add_argument("--evaluate-every", type=float, default=60, help="seconds")
    p.add_argument("--save-every", type=float, default=120, help="seconds")
    p.add_argument("--validation", type=int, default=1000, help="clips")
    p.add_argument("--device", default="cuda")
    p.add_argument("--no-compile", action="store_true")
    p.add_argument("--same-clips", type=int, default=0, help="smoke run: only so many batches, again and again")
    return p.parse_args()


class Shown(NamedTuple):
    """What validation tells of a question."""

    kind: str
    form: str
    things: int  # in its clip


def make_tokenizer():
    return Tokenizer(build_vocabulary(question_words()), QUESTION_TOKENS)


def trimmed(ids):
    return ids[:, : max(1, int((ids != 0).sum(1).max()))]


def encode_asked(tokenizer, asked):
    """asked: for each clip its questions, as many of each, then its description -> two groups of question and answer ids."""
    groups = {}
    for name, chosen, longest in (("answers", lambda items: items[:-1], ANSWER_TOKENS),
                                  ("descriptions", lambda items: items[-1:], DESCRIPTION_TOKENS)):
        rows = [item for items in asked for item in chosen(items)]
        answers = tokenizer.encode([item.answer for item in rows])[:, 1:]  # without [CLS]; [SEP] ends it
        groups[name] = {
            "question": trimmed(tokenizer.encode([item.question for item in rows])),
            "answer": trimmed(answers[:, :longest]),
        }
    return groups


def ask(asker, facts, count):
    """Exactly `count` questions, some asked twice where a scene has not so many, then a description."""
    asked = asker.about(facts, count)
    return [asked[i % len(asked)] for i in range(count)] + [asker.describe(facts.scene)]


def draw_batch(seed, count, questions, asker, tokenizer, skip_single=0.0):
    """Clips in pairs of twins, their questions and descriptions; single things are asked about less where that is wanted."""
    drawn = 2 * count if skip_single else count
    batch = world.sample_batch(seed, drawn, 8, twins=True, jitter=True, order_twins=0.2)
    scenes, skip = batch["scenes"], np.random.Generator(np.random.PCG64([seed, 2])).random(drawn // 2) < skip_single
    pairs = [i for i in range(drawn // 2) if not (skip[i] and len(scenes[2 * i].actors) == 1)][: count // 2]
    chosen = [clip for pair in pairs for clip in (2 * pair, 2 * pair + 1)]
    scenes, states = [scenes[clip] for clip in chosen], batch["states"][chosen]
    asked = [ask(asker, facts, questions) for facts in facts_of(scenes)]
    return {"background": batch["background"][chosen], "states": states, "events": events_of_objects(scenes, states),
            **encode_asked(tokenizer, asked)}


class QuestionFeeder:
    """Batches from worker processes, as feeder.Feeder; each worker balances the answers of its own stream."""

    def __init__(self, args, first_seed):
        context = multiprocessing.get_context("fork")
        self.queue = context.Queue(maxsize=3 * args.workers)
        tokenizer = make_tokenizer()

        def work(offset):
            asker, seed = Asker(first_seed + offset, TRAINING_TURNS), first_seed + offset
            while True:
                self.queue.put(draw_batch(seed, args.batch, args.questions, asker, tokenizer, args.skip_single))
                seed += args.workers

        self.processes = [context.Process(target=work, args=(i,), daemon=True) for i in range(args.workers)]
        for process in self.processes:
            process.start()

    def next(self):
        return self.queue.get(timeout=300)

    def close(self):
        for process in self.processes:
            process.terminate()
        self.queue.cancel_join_thread()


def load_encoder(device):
    """The shipped encoder, frozen."""
    description = json.loads((BUNDLE / "bundle.json").read_text())
    video, text = description["video"], description["text"]
    config = Config(width=video["width"], depth=video["depth"], patch=video["patchSize"], image=video["imageSize"],
                    frames=video["frames"], vocabulary=text["vocabulary"], max_tokens=text["maxTokens"])
    encoder = VideoEncoder(config)
    prefix = "vision_encoder."
    tensors = read_safetensors(BUNDLE / "weights.safetensors")
    encoder.load_state_dict({
        name.removeprefix(prefix): torch.from_numpy(value.astype(np.float32))
        for name, value in tensors.items() if name.startswith(prefix)
    })
    return encoder.to(device).eval().requires_grad_(False)


def parameter_groups(module, decay):
    decayed = [p for name, p in module.named_parameters() if p.ndim >= 2 and "words" not in name and "positions" not in name]
    plain = [p for name, p in module.named_parameters() if not any(p is other for other in decayed)]
    return [{"params": decayed, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}]


class Trainer:
    def __init__(self, args):
        self.args, self.device = args, torch.device(args.device)
        self.started = time.time()
        args.out.mkdir(parents=True, exist_ok=True)
        self.tokenizer = make_tokenizer()
        self.config = AnswerConfig(vocabulary=len(self.tokenizer.vocabulary))
        self.state = {"step": 0, "clips": 0, "questions": 0, "seconds": 0.0, "batches": args.seed}
        resumed = load_parts(args.resume) if args.resume else None
        if resumed:
            self.state = resumed["state"]
        self.validation = self.draw_validation()
        # Forks, so before anything touches CUDA.
        self.feeder = QuestionFeeder(args, world.ANSWER_TRAIN_SEEDS.start + self.state["batches"])
        self.repeated = [self.feeder.next() for _ in range(args.same_clips)]
        torch.manual_seed(self.state["batches"])
        self.encoder = load_encoder(self.device)
        self.image = self.encoder.config.image
        self.model = Answerer(self.config).to(self.device)
        self.heads = CellHeads(self.config.hidden).to(self.device)
        fused = {"fused": True} if self.device.type == "cuda" else {}
        self.optimizer = torch.optim.AdamW(
            parameter_groups(self.model, 0.02) + parameter_groups(self.heads, 0.02), lr=args.lr, betas=(0.9, 0.98), **fused)
        if resumed:
            # What the checkpoint does not know, a later version of the model has added.
            self.model.load_state_dict(self.model.state_dict() | resumed["model"])
            self.restore_moments(resumed["moments"])
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.pieces = (before_scan, after_scan)
        if not args.no_compile and self.device.type == "cuda":
            self.pieces = tuple(torch.compile(f, dynamic=False) for f in self.pieces)
        self.render = self.make_renderer()
        self.generator = torch.Generator(self.device).manual_seed(1 + self.state["batches"])
        self.log_file = open(args.out / "log.jsonl", "a", encoding="utf8")
        self.repeated_tokens = {}

    def make_renderer(self):
        if self.device.type != "cuda":
            return lambda background, states, height, width: torch.from_numpy(render_cpu(background, states, height, width))
        from gpu_renderer import GpuRenderer

        return GpuRenderer(self.device).render

    def log(self, **entry):
        entry = {"step": self.state["step"], "seconds": round(self.state["seconds"], 1), **entry}
        line = json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in entry.items()})
        print(line, flush=True)
        self.log_file.write(line + "\n")
        self.log_file.flush()

    # --------------------------------------------------------------------------------------------------- encoding

    @torch.no_grad()
    def tokens(self, background, states, height, width, generator):
        frames = self.render(background, states, height, width)
        pixels = torch.cat([to_pixels(f, self.image, generator) for f in frames.split(RENDER_SLICE)])
        return self.encoder(pixels, self.pieces)[0]

    def logits(self, read, group):
        question, answer = (torch.from_numpy(group[name]).to(self.device).long() for name in ("question", "answer"))
        return self.model.decoder(read, question, answer[:, :-1]), answer

    # --------------------------------------------------------------------------------------------------- one step

    def progress(self):
        first_second, _ = self.first
        return min(1.0, (self.state["seconds"] - first_second) / (self.total_seconds - first_second))

    def learning_rate(self):
        warm = min(1.0, (self.state["step"] - self.first[1] + 1) / self.args.warm_up)
        return self.args.lr * warm * (0.002 + 0.998 * 0.5 * (1 + math.cos(math.pi * self.progress())))

    def cell_loss(self, prompt, batch, blind):
        """How badly the soft prompt tells what is where; counts for less and less."""
        background, states, events = (torch.from_numpy(batch[name]).to(self.device) for name in ("background", "states", "events"))
        labels = cell_labels(background, states, events, self.config.cells, math.isqrt(self.config.places))
        return self.heads(prompt, *labels, 1.0 - blind.flatten().float())

    def batch_tokens(self, batch, index):
        if index in self.repeated_tokens:
            return self.repeated_tokens[index]
        height, width = SIZES[int(torch.randint(len(SIZES), (1,)))]
        tokens = self.tokens(batch["background"], batch["states"], height, width, self.generator)
        if index is not None:
            self.repeated_tokens[index] = tokens
        return tokens

    def step(self):
        index = self.state["step"] % self.args.same_clips if self.args.same_clips else None
        batch = self.repeated[index] if self.args.same_clips else self.feeder.next()
        self.state["batches"] += 1
        lr = self.learning_rate()
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        tokens = self.batch_tokens(batch, index)
        blind = torch.rand(len(tokens), 1, 1, device=self.device, generator=self.generator) < BLIND
        prompt = self.model.resampler(tokens.masked_fill(blind, 0.0))
        noun_loss, event_loss = self.cell_loss(prompt, batch, blind)
        losses = {"cell nouns": noun_loss.detach(), "cell events": event_loss.detach()}
        read = self.model.decoder.read(prompt)
        total, count = 0.0, 0
        for name in ("answers", "descriptions"):
            logits, answer = self.logits(read, batch[name])
            # Padding is 0; [SEP] ends every answer, and a cut one has none.
            summed = F.cross_entropy(logits.flatten(0, 1), answer.flatten(), ignore_index=0, reduction="sum")
            spoken = (answer != 0).sum()
            losses[name] = (summed / spoken).detach()
            total, count = total + summed, count + spoken
        self.optimizer.zero_grad(set_to_none=True)
        cells = self.args.cells * (1 - 0.8 * self.progress())
        (total / count + cells * (noun_loss + 0.5 * event_loss)).backward()
        norm = nn.utils.clip_grad_norm_([*self.model.parameters(), *self.heads.parameters()], 1.0)
        self.optimizer.step()
        self.state["step"] += 1
        self.state["clips"] += len(tokens)
        self.state["questions"] += len(batch["answers"]["question"])
        decay = min(self.args.average, (1 + self.state["step"]) / (10 + self.state["step"]))
        with torch.no_grad():
            for name, current in self.model.state_dict().items():
                self.average[name].lerp_(current, 1 - decay)
        return losses, norm, lr

    # ------------------------------------------------------------------------------------------------- validation

    def draw_validation(self):
        seed, count = world.ANSWER_VALIDATION_SEEDS.start, self.args.validation
        batch = world.sample_batch(seed, count, 8, twins=False)
        asker = Asker(seed)
        scenes = facts_of(batch["scenes"])
        asked = [ask(asker, facts, VALIDATION_QUESTIONS) for facts in scenes]
        groups = encode_asked(self.tokenizer, asked)
        things = [len(facts.scene.actors) for facts in scenes]
        shown = [[Shown(item.kind, item.form, count) for item in items] for items, count in zip(asked, things)]
        flat = {"answers": [i for items in shown for i in items[:-1]], "descriptions": [items[-1] for items in shown]}
        return batch["background"], batch["states"], groups, flat

    @torch.no_grad()
    def validate(self, by_form=False):
        background, states, groups, flat = self.validation
        if not hasattr(self, "validation_tokens"):
            generator = torch.Generator(self.device).manual_seed(7)
            self.validation_tokens = torch.cat([
                self.tokens(background[i : i + self.args.batch], states[i : i + self.args.batch], 144, 144, generator)
                for i in range(0, len(background), self.args.batch)])
        kept = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.model.load_state_dict(self.average)
        result = {}
        for seeing in (True, False):
            right = defaultdict(list)
            tokens = self.validation_tokens if seeing else torch.zeros_like(self.validation_tokens)
            for first in range(0, len(tokens), self.args.batch):
                read = self.model.decoder.read(self.model.resampler(tokens[first : first + self.args.batch]))
                for name, group in groups.items():
                    each = len(group["question"]) // len(tokens)  # of a clip
                    rows = slice(first * each, (first + self.args.batch) * each)
                    logits, answer = self.logits(read, {k: v[rows] for k, v in group.items()})
                    # Every next token right under teacher forcing is what greedy decoding would have said.
                    correct = ((logits.argmax(-1) == answer) | (answer == 0)).all(1).tolist()
                    for item, ok in zip(flat[name][rows], correct):
                        right[item.kind].append(ok)
                        right["form: " + item.form].append(ok)
                        if name == "answers":
                            right[f"things: {item.things}"].append(ok)
            share = lambda oks: 100 * sum(oks) / len(oks)
            blind = "" if seeing else "blind "
            result[f"{blind}accuracy"] = share([ok for kind in KINDS[:-1] for ok in right[kind]])
            result |= {f"{blind}{kind}": share(right[kind]) for kind in KINDS if right[kind]}
            if by_form:
                result |= {f"{blind}{name}": share(oks) for name, oks in sorted(right.items()) if ": " in name}
        self.model.load_state_dict(kept)
        return result

    # --------------------------------------------------------------------------------------------------- the run

    def run(self):
        self.log(event="start", parameters=sum(p.numel() for p in self.model.parameters()), vocabulary=self.config.vocabulary,
                 start_seconds=time.time() - self.started, device=str(self.device))
        self.total_seconds = self.args.seconds
        self.first = (self.state["seconds"], self.state["step"]) if self.args.restart else (0.0, 0)
        for _ in range(COMPILING_STEPS):
            self.step()
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        last = time.time()
        left = self.args.stop_after - self.args.reserve - (last - self.started)
        self.total_seconds = min(self.args.seconds, self.state["seconds"] + left)
        self.log(event="compiled", start_seconds=last - self.started, total_seconds=self.total_seconds)
        evaluated = saved = self.state["seconds"]
        while self.state["seconds"] < self.total_seconds and time.time() - self.started < self.args.stop_after:
            losses, norm, lr = self.step()
            if self.state["step"] % 100 == 0 or self.state["step"] in (4, 10, 30):
                values = {k: v.item() for k, v in losses.items()}  # waits for the GPU, so that the clock is honest
                self.log(clips=self.state["clips"], lr=lr, norm=float(norm), **values)
            if self.device.type == "cuda" and self.state["step"] % 10 == 0:
                torch.cuda.synchronize()
            now = time.time()
            self.state["seconds"] += now - last
            last = now
            if self.state["seconds"] - evaluated >= self.args.evaluate_every:
                evaluated = self.state["seconds"]
                self.log(event="validation", **self.validate())
                last = time.time()
            if self.state["seconds"] - saved >= self.args.save_every:
                saved = self.state["seconds"]
                self.save()
                last = time.time()
        self.log(event="validation", **self.validate(by_form=True))
        self.save()
        self.feeder.close()

    def save(self):
        out = self.args.out
        export_weights(out / "decoder.safetensors", self.average)
        write_tokenizer(out / "decoder-tokenizer.json", self.tokenizer.vocabulary)
        (out / "decoder.json").write_text(json.dumps({"config": asdict(self.config), "state": self.state}, indent=2) + "\n")
        moments = {}
        for name, p in self.model.named_parameters():
            s = self.optimizer.state[p]
            moments[name] = float(s["step"]), s["exp_avg"].to(torch.bfloat16).cpu(), s["exp_avg_sq"].to(torch.bfloat16).cpu()
        model = {k: v.detach().cpu() for k, v in self.average.items()}
        save_parts({"state": self.state, "model": model, "moments": moments}, out)

    def restore_moments(self, moments):
        for name, p in self.model.named_parameters():
            if name in moments:
                step, first, second = moments[name]
                self.optimizer.state[p] = {
                    "step": torch.tensor(float(step), device=self.device if self.device.type == "cuda" else None),
                    "exp_avg": first.to(self.device, torch.float32), "exp_avg_sq": second.to(self.device, torch.float32),
                }


if __name__ == "__main__":
    Trainer(arguments()).run()
