"""Checks of the world: `python3 check_world.py`. With torch and a GPU also that both renderers draw the same picture."""

import re
import time

import numpy as np

from captions import PHRASES, all_words, caption, facts, may_be_said_of
from renderer import render_cpu
from world import (
    ALPHA, BG_HALF_HEIGHT, BG_HALF_WIDTH, EVENTS, MOVES, NOUNS, SIZE, VISIBLE, X, Y, Draw, middle_times, order_twin,
    sample_batch, sample_scene, twin,
)  # fmt: skip


def check_nouns() -> None:
    names = [name for noun in NOUNS for name in (noun.name, *noun.synonyms)]
    assert len(NOUNS) >= 300 and len(set(names)) == len(names), "a name belongs to two nouns"
    assert len({noun.character for noun in NOUNS}) == len(NOUNS)
    assert set(PHRASES) == set(range(len(EVENTS))) and min(map(len, PHRASES.values())) >= 4


def check_twins(scenes: int = 3000) -> None:
    draw, times, twins, orders = Draw(7), middle_times(8), 0, 0
    for _ in range(scenes):
        scene = sample_scene(draw)
        states = scene.states(times)
        visible = states[..., VISIBLE] > 0
        assert np.isfinite(states).all() and visible.any(), "a clip shows nothing"
        assert (states[..., SIZE] > 0).all() and states[..., ALPHA].max() > 0.99
        orders += order_twin(scene) is not None
        other = twin(scene)
        if other is None:
            continue
        twins += 1
        np.testing.assert_allclose(other.states(times)[::-1], states, atol=2e-5)  # the very same frames, backwards
        assert twin(other).events == scene.events
        assert facts(other) != facts(scene)
    print(f"{twins / scenes:.1%} of the scenes have a twin, {orders / scenes:.1%} one in another order")


def check_clarity(scenes: int = 3000) -> None:
    """Whatever moves crosses at least 0.45 of the frame."""
    draw = Draw(8)
    for _ in range(scenes):
        scene = sample_scene(draw)
        if len(scene.events) > 1 or scene.events[0].kind not in MOVES:
            continue
        start, end = scene.states([0, 1])[:, 0]
        shares = [abs(end[at] - start[at]) / (2 * scene.background[half]) for at, half in ((X, BG_HALF_WIDTH), (Y, BG_HALF_HEIGHT))]
        assert max(shares) >= 0.45 and min(shares) < 1e-3, shares


def check_captions(scenes: int = 5000) -> None:
    draw, words = Draw(9), set(all_words())
    for _ in range(scenes):
        scene = sample_scene(draw)
        text = caption(scene, draw)
        assert set(re.findall(r"[a-z]+", text)) <= words, text
        assert not re.search(r"@|  |\ba [aeiou](?!ne |ni|fo)", text), text
        assert may_be_said_of(facts(scene), facts(scene))


def check_seeds() -> None:
    a, b = sample_batch(5, 64, jitter=True), sample_batch(5, 64, jitter=True)
    assert a["captions"] == b["captions"] and (a["states"] == b["states"]).all()
    assert a["captions"] != sample_batch(6, 64, jitter=True)["captions"]


def check_gpu() -> None:
    import torch

    from gpu_renderer import GpuRenderer

    batch = sample_batch(3, 64)
    for height, width in ((112, 112), (96, 160)):
        expected = render_cpu(batch["background"], batch["states"], height, width).astype(int)
        found = GpuRenderer("cuda").render(batch["background"], batch["states"], height, width).cpu().numpy()
        difference = np.abs(found - expected)
        print(f"GPU and CPU at {width} x {height}: at most {difference.max()}, beyond 2 levels {(difference > 2).mean():.1e}")
        # A point exactly on the rim of a sprite or of a lattice cell may fall on either side.
        assert (difference > 2).mean() < 1e-5
    torch.cuda.synchronize()


def main() -> None:
    for check in (check_nouns, check_twins, check_clarity, check_captions, check_seeds):
        check()
    start = time.perf_counter()
    for seed in range(8):
        sample_batch(seed, 512, jitter=True)
    print(f"{8 * 512 / (time.perf_counter() - start):.0f} scenes/s on one core, captions included")
    try:
        import torch

        has_gpu = torch.cuda.is_available()
    except ImportError:
        has_gpu = False
    if has_gpu:
        check_gpu()
    else:
        print("no GPU here: its renderer was not compared")
    print("all right")


if __name__ == "__main__":
    main()
