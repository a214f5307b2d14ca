"""Writes the media that ship with the playground: `python3 make_media.py [--out DIR] [--only test|motion|demo] [--limit N]`.

test/    clips of single scenes and annotations.json, in the annotation format of MSR-VTT
motion/  pairs of clips that are each other played backwards, and pairs.json
demo/    clips of many lengths, sizes, rates, codecs and containers, and demo.json

Everything comes from seeds that training never uses (world.py), and is written without metadata, by one thread: the
same versions of the tools write the same bytes. Needs ffmpeg with libx264, libx265, libvpx-vp9 and libaom-av1.
"""

import argparse
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, NamedTuple

import numpy as np

from captions import Facts, caption, facts, may_be_said_of
from renderer import render_cpu
from world import (
    CHASES, CIRCLES, DEMO_SEEDS, ENTERS, EVENTS, FADES, LEAVES, MOTION_SEEDS, MOVES, SIZES, SPINS, TEST_SEEDS,
    ZIGZAGS, Draw, Replay, Scene, middle_times, sample_scene, twin,
)  # fmt: skip

OUT = Path(__file__).resolve().parents[2] / "playground"
TEST_CLIPS = 1000
MOTION_PAIRS = 300

# (width, height); all even, as 4:2:0 chroma wants.
SHAPES = ((144, 144), (144, 144), (128, 128), (136, 136), (160, 120), (152, 114), (120, 160), (176, 100))
RATES = (8, 10, 12)
# A multiple of 24 frames: the middle frames of 8 equal shares then lie symmetrically in time, so that the two clips of
# a motion pair give exactly the same set of frames.
FRAMES = 24


# -------------------------------------------------------------------------------------------------------------- encoders
@dataclass(frozen=True)
class Encoding:
    suffix: str
    codec: str
    options: tuple[str, ...]


# filter_units drops the encoder's own advertisement, about 600 bytes a clip. Every clip has a single key frame.
_X264 = ("-c:v", "libx264", "-preset", "veryslow", "-bsf:v", "filter_units=remove_types=6")
_X265 = ("-c:v", "libx265", "-preset", "slow", "-tag:v", "hvc1", "-x265-params", "log-level=error:info=0:pools=none:frame-threads=1")
_VP9 = ("-c:v", "libvpx-vp9", "-b:v", "0", "-deadline", "good", "-cpu-used", "2", "-row-mt", "0")
_AV1 = ("-c:v", "libaom-av1", "-b:v", "0", "-cpu-used", "5", "-row-mt", "0")
MP4_H264 = Encoding("mp4", "h264", (*_X264, "-crf", "26"))
DEMO_ENCODINGS = (
    Encoding("mp4", "h264", (*_X264, "-crf", "23")),
    Encoding("webm", "vp9", (*_VP9, "-crf", "34")),
    Encoding("mkv", "h264", (*_X264, "-crf", "23")),
    Encoding("mp4", "hevc", (*_X265, "-crf", "25")),
    Encoding("webm", "av1", (*_AV1, "-crf", "34")),
    Encoding("mkv", "hevc", (*_X265, "-crf", "25")),
)


def encode(pixels: np.ndarray, rate: float, path: Path, encoding: Encoding, uneven: bool = False) -> None:
    """Writes uint8 [T, H, W, 3] at `rate` frames a second; `uneven` drops frames so that the rate varies."""
    frames, height, width = pixels.shape[:3]
    path.parent.mkdir(parents=True, exist_ok=True)
    dropping = ("-vf", "select='not(mod(n,7)*eq(mod(n,5),2))+eq(n,0)'", "-vsync", "vfr") if uneven else ()
    command = [
        "ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}",
        "-r", f"{rate:g}", "-i", "pipe:0", *dropping, *encoding.options, "-g", "600", "-pix_fmt", "yuv420p",
        "-threads", "1", "-an", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact",
        *(("-movflags", "+faststart") if encoding.suffix == "mp4" else ()), str(path),
    ]  # fmt: skip
    done = subprocess.run(command, input=pixels.tobytes(), stderr=subprocess.PIPE)
    if done.returncode:
        raise RuntimeError(f"ffmpeg could not write {path} ({frames} frames): {done.stderr.decode(errors='replace')}")


def render(scene: Scene, width: int, height: int, frames: int) -> np.ndarray:
    """The whole scene as uint8 [frames, height, width, 3]."""
    states = scene.states(middle_times(frames))
    return render_cpu(scene.background[None], states[None], height, width, threads=1)[0]


def run_all(jobs: list, workers: int) -> None:
    with ThreadPoolExecutor(workers) as pool:
        for number, _ in enumerate(pool.map(lambda job: job(), jobs), 1):
            if number % 100 == 0:
                print(f"  {number} of {len(jobs)}", flush=True)


# ------------------------------------------------------------------------------------------------------------------ test
def unmistakable(candidate: Facts, chosen: list[Facts]) -> bool:
    return not any(may_be_said_of(candidate, other) or may_be_said_of(other, candidate) for other in chosen)


class TestClip(NamedTuple):
    name: str
    width: int
    height: int
    rate: int
    scene: Scene
    caption: str


def test_clips(count: int) -> Iterator[TestClip]:
    """The clips of the test set: no caption could be taken for another clip's."""
    draw, known = Draw(TEST_SEEDS.start), []
    while len(known) < count:
        width, height = draw.choice(SHAPES)
        rate, scene = draw.choice(RATES), sample_scene(draw, width / height)
        text, truth = caption(scene, draw), facts(scene)
        if unmistakable(truth, known):
            yield TestClip(f"video{len(known)}", width, height, rate, scene, text)
            known.append(truth)


def make_test(out: Path, count: int, workers: int) -> None:
    jobs, videos, sentences = [], [], []
    for number, (name, width, height, rate, scene, text) in enumerate(test_clips(count)):
        jobs.append(
            lambda scene=scene, width=width, height=height, rate=rate, name=name: encode(
                render(scene, width, height, FRAMES), rate, out / "videos" / f"{name}.mp4", MP4_H264
            )
        )
        videos.append(
            {
                "video_id": name, "id": number, "split": "test", "file": f"videos/{name}.mp4",
                "category": scene.events[0].kind, "start time": 0.0, "end time": FRAMES / rate,
            }
        )  # fmt: skip
        sentences.append({"sen_id": number, "video_id": name, "caption": text})
    run_all(jobs, workers)
    info = {"description": "Videre playground, held-out test set", "seed": TEST_SEEDS.start, "categories": EVENTS}
    write_json(out / "annotations.json", {"info": info, "videos": videos, "sentences": sentences})


# ---------------------------------------------------------------------------------------------------------------- motion
def difference(scene: Scene) -> str:
    """In what the scene and its twin differ, told of the first event that has a direction."""
    if scene.events[-1].phase == 1:
        return "order"
    groups = {
        "direction": MOVES + ZIGZAGS, "enter or leave": ENTERS + LEAVES, "size": SIZES, "appear or vanish": FADES,
        "turn": SPINS, "circle": CIRCLES, "who chases": (CHASES,),
    }  # fmt: skip
    for event in scene.events:
        if event.other >= 0 and event.kind != CHASES:
            return "orbit" if "orbits" in EVENTS[event.kind] else "towards or into"
        for name, kinds in groups.items():
            if event.kind in kinds:
                return name
    raise ValueError(f"{[EVENTS[event.kind] for event in scene.events]} looks the same backwards: there is no pair of it")


KINDS = (
    "direction", "enter or leave", "size", "appear or vanish", "turn", "circle", "who chases", "towards or into", "orbit",
    "order",
)  # fmt: skip


def make_motion(out: Path, count: int, workers: int) -> None:
    draw, known, jobs, pairs = Draw(MOTION_SEEDS.start), [], [], []
    wanted = {kind: count // len(KINDS) + (i < count % len(KINDS)) for i, kind in enumerate(KINDS)}
    while len(pairs) < count:
        width, height = draw.choice(SHAPES)
        rate, scene = draw.choice(RATES), sample_scene(draw, width / height)
        other = twin(scene)
        if other is None or not wanted[difference(scene)] or not unmistakable(facts(scene), known):
            continue
        replay = Replay(draw)
        texts = caption(scene, replay), caption(other, replay.rewind())
        if may_be_said_of(facts(scene), facts(other)) and scene.events[-1].phase == 0:
            continue
        wanted[difference(scene)] -= 1
        known += [facts(scene), facts(other)]
        name = f"pair{len(pairs):03d}"
        entry = {"id": len(pairs), "kind": difference(scene)}
        for letter, member, text in zip("ab", (scene, other), texts):
            file = f"videos/{name}{letter}.mp4"
            entry[letter] = {"file": file, "caption": text}
            jobs.append(
                lambda member=member, width=width, height=height, rate=rate, file=file: encode(
                    render(member, width, height, FRAMES), rate, out / file, MP4_H264
                )
            )
        pairs.append(entry)
    run_all(jobs, workers)
    info = {"description": "Videre playground, pairs that differ only in direction or order", "seed": MOTION_SEEDS.start}
    write_json(out / "pairs.json", {"info": info, "pairs": pairs})


# ------------------------------------------------------------------------------------------------------------------ demo
DEMO_SHAPES = ((256, 192), (240, 180), (224, 224), (320, 240), (180, 240), (320, 180), (176, 144))
DEMO_RATES = (10, 12, 15, 24, 25, 30)
LONG_SECONDS = (120, 96, 90, 75, 60, 60, 48, 40, 36, 30)
SCENE_SECONDS = 4.0  # of a scene in a long clip
DEMO_SHORT = 50


def make_demo(out: Path, limit: int, workers: int) -> None:
    draw, known, jobs, clips = Draw(DEMO_SEEDS.start), [], [], []
    lengths = (LONG_SECONDS + (0,) * DEMO_SHORT)[:limit]
    for number, long_seconds in enumerate(lengths):
        width, height = (240, 180) if long_seconds else draw.choice(DEMO_SHAPES)
        rate = draw.choice((10, 12)) if long_seconds else draw.choice(DEMO_RATES)
        encoding, uneven = DEMO_ENCODINGS[number % len(DEMO_ENCODINGS)], number % 7 == 3
        seconds = SCENE_SECONDS if long_seconds else draw.choice((2.0, 2.5, 3.0, 4.0, 5.0))
        scenes, moments = [], []
        for i in range(round(long_seconds / SCENE_SECONDS) or 1):
            scene = sample_scene(draw, width / height)
            while not unmistakable(facts(scene), known):
                scene = sample_scene(draw, width / height)
            known.append(facts(scene))
            scenes.append(scene)
            moments.append({"caption": caption(scene, draw), "start": i * seconds, "end": (i + 1) * seconds})
        frames = round(seconds * rate)
        name = f"{'long' if long_seconds else 'clip'}{number:02d}.{encoding.suffix}"

        def job(scenes=scenes, width=width, height=height, frames=frames, rate=rate, name=name, encoding=encoding, uneven=uneven):
            pixels = np.concatenate([render(scene, width, height, frames) for scene in scenes])
            encode(pixels, rate, out / name, encoding, uneven)

        jobs.append(job)
        clips.append(
            {
                "file": name, "codec": encoding.codec, "width": width, "height": height, "rate": rate,
                "variable_rate": uneven, "duration": len(scenes) * seconds, "captions": moments,
            }
        )  # fmt: skip
    run_all(jobs, workers)
    write_json(out / "demo.json", {"info": {"description": "Videre playground, demo", "seed": DEMO_SEEDS.start}, "clips": clips})


# ------------------------------------------------------------------------------------------------------------------ main
def write_json(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", "utf8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", choices=("test", "motion", "demo"))
    parser.add_argument("--limit", type=int, default=1_000_000, help="at most so many clips or pairs of each")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    total = 0
    for name, make, full in (("test", make_test, TEST_CLIPS), ("motion", make_motion, MOTION_PAIRS), ("demo", make_demo, 60)):
        if options.only not in (None, name):
            continue
        make(options.out / name, min(options.limit, full), options.workers)
        files = [path for path in (options.out / name).rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        total += size
        print(f"{name}: {len(files)} files, {size / 1e6:.2f} MB, {size / len(files) / 1e3:.2f} kB a file")
    print(f"all: {total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
