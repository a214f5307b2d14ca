"""Scenes drawn by worker processes, one queue to the trainer. Fork before CUDA is touched."""

import multiprocessing
import random

import numpy as np

import world
from tokenizer import Tokenizer, build_vocabulary
from captions import all_words

PREFIXES = ("a video of", "a clip of", "show me", "find", "video where", "clip in which", "there is", "we see", "a scene with")


def make_tokenizer(max_tokens):
    extra = {w for p in PREFIXES for w in p.split()}
    return Tokenizer(build_vocabulary(set(all_words()) | extra), max_tokens)


def vary(caption, rng):
    """What people type is not what the templates say: openings, and queries without articles."""
    if rng.random() < 0.12:
        caption = f"{rng.choice(PREFIXES)} {caption}"
    if rng.random() < 0.12:
        caption = " ".join(w for w in caption.split() if w not in ("a", "an", "the"))
    return caption


def draw(seed, kind, n, frames, tokenizer):
    """One batch as numpy arrays, token ids included. kind: 'image' (one frame, no motion) or 'video' (twins in pairs)."""
    if kind == "image":
        batch = world.appearance_batch(seed, n)
    else:
        batch = world.sample_batch(seed, n, frames, twins=True, jitter=True, order_twins=0.2)
    del batch["scenes"]
    rng = random.Random(seed)
    batch["ids"] = tokenizer.encode([vary(c, rng) for c in batch.pop("captions")])
    return {name: np.ascontiguousarray(value) for name, value in batch.items()}


class Feeder:
    """Batches for one stage; seeds run upward from `first_seed`, each worker taking every workers-th."""

    def __init__(self, kind, n, frames, max_tokens, first_seed, workers):
        context = multiprocessing.get_context("fork")
        self.queue = context.Queue(maxsize=3 * workers)
        tokenizer = make_tokenizer(max_tokens)

        def work(offset):
            seed = first_seed + offset
            while True:
                self.queue.put(draw(seed, kind, n, frames, tokenizer))
                seed += workers

        self.processes = [context.Process(target=work, args=(i,), daemon=True) for i in range(workers)]
        for process in self.processes:
            process.start()

    def next(self):
        return self.queue.get(timeout=120)

    def close(self):
        for process in self.processes:
            process.terminate()
        self.queue.cancel_join_thread()
