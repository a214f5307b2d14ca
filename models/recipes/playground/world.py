"""The playground world: scenes of emoji that move, sampled from integer seeds.

A scene is a still background, one to three actors (an emoji, alone or in a group that moves together) and one or two
events. Everything a scene shows is a closed formula of time, kept as one row of parameters for each drawn object, so
that whole batches are evaluated at once.

Coordinates: x to the right, y down, (0, 0) in the middle of the frame, unit = half of the shorter frame side. The
frame spans [-half_width, half_width] x [-half_height, half_height] (the shorter one is 1), whatever pixel grid it is
rendered on: a frame rendered as a square shows what resizing the true frame to a square would.
Angles are radians, positive = clockwise on the screen. Times run over [0, 1] of the clip.

Time reversal is the key to the hard negatives: the twin of a scene is the same clip played backwards, which swaps
left and right, grows and shrinks, first and then, who chases whom. Both clips hold exactly the same set of frames, so
only a model that reads their order can tell them apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

# ---------------------------------------------------------------------------------------------------------------- seeds
# A batch is drawn from one seed; these ranges are disjoint, so nothing that is tested was trained on.
TRAIN_SEEDS = range(1_000_000_000, 2_000_000_000)
ANSWER_TRAIN_SEEDS = range(1_100_000_000, 1_200_000_000)  # of the above: what the answering decoder learns from
VALIDATION_SEEDS = range(2_000_000_000, 2_000_100_000)
ANSWER_VALIDATION_SEEDS = range(2_000_050_000, 2_000_060_000)  # of the above
TEST_SEEDS = range(3_000_000_000, 3_000_100_000)
MOTION_SEEDS = range(3_100_000_000, 3_100_100_000)
DEMO_SEEDS = range(3_200_000_000, 3_200_100_000)

# -------------------------------------------------------------------------------------------- columns of rendered states
MAX_OBJECTS = 3
SPRITE, X, Y, SIZE, ANGLE, ALPHA, MIRRORED, VISIBLE = range(8)
STATE_COLUMNS = 8
# SPRITE: row of nouns.tsv. SIZE: full side of the sprite's square, in units. MIRRORED: -1 or 1. VISIBLE: 0 or 1.

BG_HALF_WIDTH, BG_HALF_HEIGHT, BG_KIND, BG_RED, BG_GREEN, BG_BLUE = range(6)
BG_RED_2, BG_GREEN_2, BG_BLUE_2, BG_DIRECTION, BG_PERIOD, BG_PHASE, BG_SEED = range(6, 13)
BACKGROUND_COLUMNS = 16  # three spare, zero
# Colours in 0..1, sRGB; DIRECTION: radians; PERIOD: units; PHASE: periods; SEED: integer of the hash noise.

TEXTURES = ("plain", "gradient", "striped", "checkered", "dotted", "wavy", "noisy")
COLOURS = {
    "red": (0.84, 0.22, 0.20),
    "orange": (0.95, 0.58, 0.18),
    "yellow": (0.96, 0.87, 0.32),
    "green": (0.25, 0.62, 0.28),
    "blue": (0.22, 0.40, 0.82),
    "purple": (0.52, 0.27, 0.66),
    "pink": (0.96, 0.60, 0.75),
    "gray": (0.52, 0.53, 0.54),
    "white": (0.96, 0.96, 0.95),
    "black": (0.07, 0.07, 0.09),
}
COLOUR_NAMES = tuple(COLOURS)

# --------------------------------------------------------------------------------------------------------------- events
EVENTS = (
    "moves left", "moves right", "moves up", "moves down",
    "enters from the left", "enters from the right", "enters from the top", "enters from the bottom",
    "leaves to the left", "leaves to the right", "leaves to the top", "leaves to the bottom",
    "grows", "shrinks", "appears", "vanishes",
    "spins clockwise", "spins counterclockwise", "bounces",
    "circles clockwise", "circles counterclockwise", "zigzags left", "zigzags right",
    "stays still",
    "goes into", "comes out of", "chases", "moves towards", "moves away from", "swaps places with",
    "orbits clockwise", "orbits counterclockwise",
)  # fmt: skip
(
    MOVES_LEFT, MOVES_RIGHT, MOVES_UP, MOVES_DOWN, ENTERS_LEFT, ENTERS_RIGHT, ENTERS_TOP, ENTERS_BOTTOM,
    LEAVES_LEFT, LEAVES_RIGHT, LEAVES_TOP, LEAVES_BOTTOM, GROWS, SHRINKS, APPEARS, VANISHES,
    SPINS_CW, SPINS_CCW, BOUNCES, CIRCLES_CW, CIRCLES_CCW, ZIGZAGS_LEFT, ZIGZAGS_RIGHT, STAYS,
    GOES_INTO, COMES_OUT, CHASES, TOWARDS, AWAY, SWAPS, ORBITS_CW, ORBITS_CCW,
) = range(len(EVENTS))  # fmt: skip

_BACKWARDS = dict(
    [(a, b) for pair in (
        (MOVES_LEFT, MOVES_RIGHT), (MOVES_UP, MOVES_DOWN), (ENTERS_LEFT, LEAVES_LEFT), (ENTERS_RIGHT, LEAVES_RIGHT),
        (ENTERS_TOP, LEAVES_TOP), (ENTERS_BOTTOM, LEAVES_BOTTOM), (GROWS, SHRINKS), (APPEARS, VANISHES),
        (SPINS_CW, SPINS_CCW), (CIRCLES_CW, CIRCLES_CCW), (ZIGZAGS_LEFT, ZIGZAGS_RIGHT), (GOES_INTO, COMES_OUT),
        (TOWARDS, AWAY), (ORBITS_CW, ORBITS_CCW),
    ) for a, b in (pair, pair[::-1])]
)  # fmt: skip
BACKWARDS = tuple(_BACKWARDS.get(kind, kind) for kind in range(len(EVENTS)))
"""What an event looks like in a clip played backwards."""

MOVES = (MOVES_LEFT, MOVES_RIGHT, MOVES_UP, MOVES_DOWN)
ENTERS = (ENTERS_LEFT, ENTERS_RIGHT, ENTERS_TOP, ENTERS_BOTTOM)
LEAVES = (LEAVES_LEFT, LEAVES_RIGHT, LEAVES_TOP, LEAVES_BOTTOM)
ZIGZAGS = (ZIGZAGS_LEFT, ZIGZAGS_RIGHT)
SPINS = (SPINS_CW, SPINS_CCW)
CIRCLES = (CIRCLES_CW, CIRCLES_CCW)
SIZES = (GROWS, SHRINKS)
FADES = (APPEARS, VANISHES)
LOCAL = (GROWS, SHRINKS, APPEARS, VANISHES, SPINS_CW, SPINS_CCW, BOUNCES)
HORIZONTAL = (
    MOVES_LEFT, MOVES_RIGHT, ENTERS_LEFT, ENTERS_RIGHT, LEAVES_LEFT, LEAVES_RIGHT, ZIGZAGS_LEFT, ZIGZAGS_RIGHT,
)  # fmt: skip
VERTICAL = (MOVES_UP, MOVES_DOWN, ENTERS_TOP, ENTERS_BOTTOM, LEAVES_TOP, LEAVES_BOTTOM)

# (axis, sign) of the displacement on the screen; axis 0 is x.
DIRECTION = {
    MOVES_LEFT: (0, -1), MOVES_RIGHT: (0, 1), MOVES_UP: (1, -1), MOVES_DOWN: (1, 1),
    ENTERS_LEFT: (0, 1), ENTERS_RIGHT: (0, -1), ENTERS_TOP: (1, 1), ENTERS_BOTTOM: (1, -1),
    LEAVES_LEFT: (0, -1), LEAVES_RIGHT: (0, 1), LEAVES_TOP: (1, -1), LEAVES_BOTTOM: (1, 1),
    ZIGZAGS_LEFT: (0, -1), ZIGZAGS_RIGHT: (0, 1),
}  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------- nouns
class Noun(NamedTuple):
    character: str
    name: str
    synonyms: tuple[str, ...]
    group: str
    tags: frozenset[str]  # round: turning it shows nothing; plural, mass: grammar; container: things go into it


def _read_nouns() -> tuple[Noun, ...]:
    lines = (Path(__file__).resolve().parent / "nouns.tsv").read_text("utf8").splitlines()[1:]
    fields = (line.split("\t") for line in lines)
    return tuple(
        Noun(character, name, tuple(filter(None, synonyms.split("|"))), group, frozenset(filter(None, tags.split("|"))))
        for character, name, synonyms, group, tags in fields
    )


NOUNS = _read_nouns()
_TURNING = tuple(i for i, noun in enumerate(NOUNS) if "round" not in noun.tags)
_CONTAINERS = tuple(i for i, noun in enumerate(NOUNS) if "container" in noun.tags)
COUNTABLE = frozenset(i for i, noun in enumerate(NOUNS) if not noun.tags & {"plural", "mass"})
_ALL = tuple(range(len(NOUNS)))


# ----------------------------------------------------------------------------------------------------------- randomness
class Draw:
    """Uniform draws from PCG64, handed out from blocks: some twenty times faster than one call a draw."""

    def __init__(self, seed: int, block: int = 512):
        self._generator = np.random.Generator(np.random.PCG64(seed))
        self._block = block
        self._units: list[float] = []

    def unit(self) -> float:
        if not self._units:
            self._units = self._generator.random(self._block).tolist()
        return self._units.pop()

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.unit()

    def index(self, count: int) -> int:
        return int(self.unit() * count)

    def choice(self, options):
        return options[int(self.unit() * len(options))]

    def sign(self) -> int:
        return 1 if self.unit() < 0.5 else -1


class Replay(Draw):
    """A fixed list of draws that can be used again: two captions with the same turns of phrase."""

    def __init__(self, source: Draw, count: int = 40):
        self._recorded = [source.unit() for _ in range(count)]
        self._units = []

    def unit(self) -> float:
        if not self._units:
            self._units = self._recorded[::-1]
        return self._units.pop()

    def rewind(self) -> Replay:
        self._units = self._recorded[::-1]
        return self


# ---------------------------------------------------------------------------------------------------------------- scene
class Actor(NamedTuple):
    noun: int
    count: int
    size: str = ""  # "small", "big" or "" where neither is plainly true for the whole clip
    place: str = ""  # where it is for the whole clip: "at the top", ... or ""


class Event(NamedTuple):
    kind: int
    actor: int
    other: int = -1  # the second actor of a relation
    phase: int = 0  # 0 or 1; two events of the same phase happen together
    heading: int = -1  # for a chase: which of MOVES both do


# A row of object parameters: what holds at the start, then two phases of motion that add to it.
_SPRITE, _MIRRORED, _X, _Y, _LOG_SIZE, _ANGLE, _ALPHA, _EASE = range(8)
_BASE = 8
(
    _START, _END, _DX, _DY, _DLOG, _TURN, _DALPHA, _HOP, _HOPS, _RADIUS, _CIRCLE_FROM, _CIRCLE_TURN,
    _ZIG_X, _ZIG_Y, _ZIGS,
) = range(15)  # fmt: skip
_PHASE = 15
ROW_COLUMNS = _BASE + 2 * _PHASE
_NO_PHASE = [0.0, 1.0] + [0.0] * (_PHASE - 2)


@dataclass(frozen=True, slots=True)
class Scene:
    background: np.ndarray  # float32 [BACKGROUND_COLUMNS]
    colour: str
    texture: str
    actors: tuple[Actor, ...]
    events: tuple[Event, ...]  # in order of their phase
    rows: tuple[tuple[float, ...], ...]  # [objects, ROW_COLUMNS]
    backwards: bool = False

    def states(self, times) -> np.ndarray:
        """What is to be drawn at times [T]: float32 [T, MAX_OBJECTS, STATE_COLUMNS], painted in order of index."""
        return evaluate([self], np.asarray(times, np.float64)[None])[0]


def reverse_events(events: tuple[Event, ...]) -> tuple[Event, ...]:
    last = events[-1].phase
    turned = []
    for kind, actor, other, phase, heading in events:
        if kind == CHASES:  # who runs in front runs behind when the clip is played backwards
            turned.append(Event(CHASES, other, actor, last - phase, BACKWARDS[heading]))
        else:
            turned.append(Event(BACKWARDS[kind], actor, other, last - phase, heading))
    turned.sort(key=lambda event: event.phase)
    return tuple(turned)


def twin(scene: Scene) -> Scene | None:
    """The scene played backwards, or None where that shows the same events."""
    events = reverse_events(scene.events)
    if _meaning(events) == _meaning(scene.events):
        return None
    return replace(scene, events=events, backwards=not scene.backwards)


def order_twin(scene: Scene) -> Scene | None:
    """The same two events in the other order, or None where there is no order or the other one makes no sense.

    Single frames in the middle of the clip can tell these two apart, so they are for training, not for the proof
    that time is read.
    """
    if scene.events[-1].phase == 0:
        return None
    first, second = scene.events
    if first.actor == second.actor:
        unordered = FADES + ENTERS + LEAVES
        if first.kind in unordered or second.kind in unordered:
            return None
    rows = []
    for row in scene.rows:
        a, b = row[_BASE : _BASE + _PHASE], row[_BASE + _PHASE :]
        rows.append(row[:_BASE] + b[:2] + a[2:] + a[:2] + b[2:])
    events = (second._replace(phase=0), first._replace(phase=1))
    return None if _meaning(events) == _meaning(scene.events) else replace(scene, events=events, rows=tuple(rows))


def _meaning(events: tuple[Event, ...]) -> frozenset:
    """Events without an order within a phase."""
    return frozenset((kind, actor, other, phase, heading) for kind, actor, other, phase, heading in events)


# ----------------------------------------------------------------------------------------------------------- trajectory
def evaluate(scenes: list[Scene], times: np.ndarray) -> np.ndarray:
    """States of many scenes at times [n, T]: float32 [n, T, MAX_OBJECTS, STATE_COLUMNS]."""
    count, frames = times.shape
    owner, slot, flat = [], [], []
    for i, scene in enumerate(scenes):
        for o, row in enumerate(scene.rows):
            owner.append(i)
            slot.append(o)
            flat.append(row)
    rows = np.array(flat, np.float32)
    backwards = np.array([scene.backwards for scene in scenes])
    running = np.where(backwards[:, None], 1 - times, times).clip(0, 1).astype(np.float32)[owner]

    def column(index: int) -> np.ndarray:
        return rows[:, index, None]

    x, y, angle, alpha = column(_X), column(_Y), column(_ANGLE), column(_ALPHA)
    log_size = column(_LOG_SIZE)
    for base in (_BASE, _BASE + _PHASE):
        start, end = column(base + _START), column(base + _END)
        s = ((running - start) / (end - start)).clip(0, 1)
        s = s + column(_EASE) * (s * s * (3 - 2 * s) - s)
        at, since = column(base + _CIRCLE_FROM), column(base + _CIRCLE_TURN)
        radius = column(base + _RADIUS)
        wave = (2 / math.pi) * np.arcsin(np.sin(2 * math.pi * column(base + _ZIGS) * s))
        x = x + column(base + _DX) * s + radius * (np.cos(at + since * s) - np.cos(at)) + column(base + _ZIG_X) * wave
        y = y + column(base + _DY) * s + radius * (np.sin(at + since * s) - np.sin(at)) + column(base + _ZIG_Y) * wave
        y = y - column(base + _HOP) * np.abs(np.sin(math.pi * column(base + _HOPS) * s))
        log_size = log_size + column(base + _DLOG) * s
        angle = angle + column(base + _TURN) * s
        alpha = alpha + column(base + _DALPHA) * s

    alpha = np.broadcast_to(alpha, x.shape).clip(0, 1)
    states = np.zeros((count, frames, MAX_OBJECTS, STATE_COLUMNS), np.float32)
    states[..., SIZE] = 1  # of unused objects: nothing may divide by zero
    states[..., MIRRORED] = 1
    packed = np.stack(
        np.broadcast_arrays(column(_SPRITE), x, y, np.exp(log_size), angle, alpha, column(_MIRRORED), alpha > 0.004), -1
    )
    states[owner, :, slot] = packed
    return states


# ------------------------------------------------------------------------------------------------------------- sampling
_SIZE_OF = {1: (0.74, 1.15), 2: (0.68, 0.92), 3: (0.54, 0.66)}  # by the number of lanes
_LARGEST = {1: 1.3, 2: 1.0, 3: 0.74}  # what an object may grow to
_LANES = {1: (0.0,), 2: (-0.5, 0.5), 3: (-0.66, 0.0, 0.66)}
_PLACES = (("at the top", "at the bottom"), ("on the left", "on the right"))


class _Stage:
    """The frame of one scene, and how events are laid out in it."""

    def __init__(self, draw: Draw, aspect: float):
        self.draw = draw
        self.half = (max(1.0, aspect), max(1.0, 1 / aspect))

    def row(self, noun: int, x: float, y: float, size: float) -> list[float]:
        draw = self.draw
        mirrored = -1.0 if draw.unit() < 0.5 else 1.0
        return [float(noun), mirrored, x, y, math.log(size), draw.between(-0.12, 0.12), 1.0, draw.unit() * 0.7]

    def apply(
        self, kind: int, base: list[float], window, lanes: int, first: bool, brief: bool, upright: bool
    ) -> list[float]:
        """The phase that shows `kind` from what `base` says.

        `first` may still move the base to where it must start; `brief`: half a clip must do; `upright`: there is room
        above and below.
        """
        draw, phase = self.draw, _NO_PHASE.copy()
        phase[0], phase[1] = window
        if kind in DIRECTION:
            axis, sign = DIRECTION[kind]
            half, at = self.half[axis], _X + axis
            outside = half + math.exp(base[_LOG_SIZE]) / 2 + 0.06
            if kind in ENTERS:
                base[at] = -sign * outside
                phase[_DX + axis] = sign * (outside + draw.between(-0.1, 0.4) * half)
            elif kind in LEAVES:
                if first:
                    base[at] = -sign * draw.between(-0.1, 0.4) * half
                phase[_DX + axis] = sign * outside - base[at]
            else:
                distance = draw.between(0.98, 1.3) * half
                base[at] = -sign * distance / 2 + draw.between(-0.12, 0.12) * half
                phase[_DX + axis] = sign * distance
                if kind in ZIGZAGS:
                    phase[_ZIG_X + 1 - axis] = draw.sign() * (0.34 if lanes == 1 else 0.24 if lanes == 2 else 0.18)
                    phase[_ZIGS] = 1.5
        elif kind in SIZES:
            factor, largest = draw.between(2.1, 2.8), draw.between(0.86, 1.0) * _LARGEST[lanes]
            grows = kind == GROWS
            base[_LOG_SIZE] = math.log(largest / factor if grows else largest)
            phase[_DLOG] = math.log(factor) if grows else -math.log(factor)
        elif kind in FADES:
            middle = (window[0] + window[1]) / 2 + draw.between(-0.04, 0.04)
            length = draw.between(0.03, 0.12) if draw.unit() < 0.4 else draw.between(0.2, window[1] - window[0])
            phase[0], phase[1] = middle - length / 2, middle + length / 2
            if kind == APPEARS:
                base[_ALPHA] = 0.0
            phase[_DALPHA] = 1.0 if kind == APPEARS else -1.0
        elif kind in SPINS:
            degrees = draw.between(130, 190) if brief else draw.between(160, 320)
            phase[_TURN] = math.radians(degrees) * (1 if kind == SPINS_CW else -1)
        elif kind == BOUNCES:
            height = draw.between(0.85, 1.1) * (0.62 if upright else 0.42 if lanes == 2 else 0.3)
            phase[_HOP], phase[_HOPS] = height, 1.0 if brief else 2.0
            if first:
                base[_Y] += height / 2
        elif kind in CIRCLES:
            radius, at = draw.between(0.4, 0.55) if lanes == 1 else 0.26, draw.between(0, 2 * math.pi)
            base[_X] += radius * math.cos(at)
            base[_Y] += radius * math.sin(at)
            turn = math.radians(draw.between(270, 350)) * (1 if kind == CIRCLES_CW else -1)
            phase[_RADIUS], phase[_CIRCLE_FROM], phase[_CIRCLE_TURN] = radius, at, turn
        return phase


# Repetition is weight.
_SINGLE = (
    MOVES * 3 + ENTERS * 2 + LEAVES * 2 + SIZES * 4 + FADES * 4 + SPINS * 5 + (BOUNCES,) * 4 + CIRCLES * 4 + ZIGZAGS * 4
    + (STAYS,) * 3
)  # fmt: skip
_IN_ROWS = HORIZONTAL * 2 + LOCAL * 2 + (STAYS,)
_IN_COLUMNS = VERTICAL * 2 + LOCAL * 2 + (STAYS,)
_ORDER_ROWS = HORIZONTAL + LOCAL + (BOUNCES,)
_ORDER_COLUMNS = VERTICAL + LOCAL + (BOUNCES,)
_FREE = SIZES + SPINS + (BOUNCES,)


def _pick_nouns(draw: Draw, kinds: list[int], container_last: bool = False) -> list[int]:
    nouns: list[int] = []
    for i, kind in enumerate(kinds):
        pool = _CONTAINERS if container_last and i == len(kinds) - 1 else _TURNING if kind in SPINS else _ALL
        noun = draw.choice(pool)
        while noun in nouns:
            noun = draw.choice(pool)
        nouns.append(noun)
    return nouns


def _sample_background(draw: Draw, aspect: float) -> tuple[np.ndarray, str, str]:
    colour, texture = draw.index(len(COLOURS)), draw.index(len(TEXTURES))
    red, green, blue = COLOURS[COLOUR_NAMES[colour]]
    shade = [channel + draw.between(-0.04, 0.04) for channel in (red, green, blue)]
    contrast = draw.between(0.14, 0.24)
    toward = 1.0 if COLOUR_NAMES[colour] in ("black", "green", "blue", "purple", "red") else 0.0
    second = [channel + contrast * (toward - channel) for channel in shade]
    background = np.zeros(BACKGROUND_COLUMNS, np.float32)
    background[: BG_SEED + 1] = (
        max(1.0, aspect), max(1.0, 1 / aspect), texture, *shade, *second, draw.between(0, math.pi),
        draw.between(0.28, 0.5), draw.unit(), draw.index(65536),
    )  # fmt: skip
    return background, COLOUR_NAMES[colour], TEXTURES[texture]


def _size_word(kinds: list[int], size: float, lanes: int) -> str:
    if lanes > 1 or any(kind in SIZES for kind in kinds):
        return ""
    return "small" if size < 0.8 else "big" if size > 1.05 else ""


def _solo(draw: Draw, aspect: float):
    """One actor, alone or as a group, and one event or two in a row."""
    stage = _Stage(draw, aspect)
    if draw.unit() < 0.72:
        kinds = [draw.choice(_SINGLE)]
        windows = [(draw.between(0.05, 0.12), draw.between(0.88, 0.95))]
    else:
        kinds = _two_in_a_row(draw)
        middle = draw.between(0.48, 0.52)
        windows = [(draw.between(0.05, 0.08), middle - 0.03), (middle + 0.03, draw.between(0.92, 0.95))]
    noun = draw.choice(_TURNING if any(kind in SPINS for kind in kinds) else _ALL)
    grouped = len(kinds) == 1 and kinds[0] not in CIRCLES and noun in COUNTABLE and draw.unit() < 0.22
    lanes = draw.choice((2, 3)) if grouped else 1
    directed = [kind for kind in kinds if kind in DIRECTION]
    axis = DIRECTION[directed[0]][0] if directed else draw.index(2) if not grouped else 1
    low, high = _SIZE_OF[lanes]
    size = draw.between(low, high)
    along = draw.between(-0.3, 0.3) * stage.half[axis]
    across = draw.between(-0.3, 0.3) if lanes == 1 else 0.0
    rows, state = [], None
    for lane in _LANES[lanes]:
        position = [0.0, 0.0]
        position[axis], position[1 - axis] = along, (across + lane) * stage.half[1 - axis]
        row = stage.row(noun, position[0], position[1], size)
        if state is not None:  # all of a group do exactly the same
            same_base, same_phases = state
            row[_LOG_SIZE], row[_ALPHA], row[_EASE] = same_base[_LOG_SIZE], same_base[_ALPHA], same_base[_EASE]
            row[_X + axis] = same_base[_X + axis]
            rows.append(tuple(row + same_phases))
            continue
        phases = []
        for i, kind in enumerate(kinds):
            phases += stage.apply(kind, row, windows[i], lanes, i == 0, len(kinds) > 1, lanes == 1 or axis == 1)
        if len(kinds) == 1:
            phases += _NO_PHASE
        state = (row, phases)
        rows.append(tuple(row + phases))
    return (Actor(noun, lanes, _size_word(kinds, size, lanes)),), tuple(Event(kind, 0, phase=i) for i, kind in enumerate(kinds)), tuple(rows)


def _two_in_a_row(draw: Draw) -> list[int]:
    """Two events of one actor that can follow each other and do not undo each other."""
    pattern = draw.index(8)
    if pattern == 0:
        pair = [draw.choice((MOVES_LEFT, MOVES_RIGHT)), draw.choice((MOVES_UP, MOVES_DOWN))]
        return pair if draw.unit() < 0.5 else pair[::-1]
    if pattern <= 2:
        pair = [draw.choice(MOVES), draw.choice(_FREE)]
        return pair if draw.unit() < 0.5 else pair[::-1]
    if pattern <= 4:
        first, second = draw.choice(((SIZES, SPINS), (SIZES, (BOUNCES,)), (SPINS, (BOUNCES,))))
        pair = [draw.choice(first), draw.choice(second)]
        return pair if draw.unit() < 0.5 else pair[::-1]
    if pattern == 5:
        return [draw.choice(ENTERS), draw.choice(_FREE + LEAVES)]
    if pattern == 6:
        return [draw.choice(_FREE + MOVES), VANISHES] if draw.unit() < 0.5 else [draw.choice(_FREE), draw.choice(LEAVES)]
    return [APPEARS, draw.choice(_FREE + MOVES)]


def _together(draw: Draw, aspect: float, ordered: bool):
    """Two or three actors in lanes: at the same time, or (two) one after the other."""
    stage = _Stage(draw, aspect)
    axis = draw.index(2)
    pool = (_ORDER_ROWS, _ORDER_COLUMNS)[axis] if ordered else (_IN_ROWS, _IN_COLUMNS)[axis]
    count = 2 if ordered or draw.unit() < 0.75 else 3
    kinds = [draw.choice(pool) for _ in range(count)]
    nouns = _pick_nouns(draw, kinds)
    counts = [1] * count
    if count == 2 and nouns[0] in COUNTABLE and draw.unit() < 0.15:
        counts[0] = 2
    lanes = sum(counts)
    if ordered:
        middle = draw.between(0.48, 0.52)
        windows = [(draw.between(0.05, 0.08), middle - 0.03), (middle + 0.03, draw.between(0.92, 0.95))]
    else:
        windows = [(draw.between(0.05, 0.12), draw.between(0.88, 0.95)) for _ in kinds]
    lane_of = list(_LANES[lanes])
    if draw.unit() < 0.5:
        lane_of.reverse()
    low, high = _SIZE_OF[lanes]
    rows, actors, events = [], [], []
    for i, kind in enumerate(kinds):
        size, along, same = draw.between(low, high), draw.between(-0.55, 0.55) * stage.half[axis], None
        lane = lane_of[0]
        for _ in range(counts[i]):
            position = [0.0, 0.0]
            position[axis], position[1 - axis] = along, lane_of.pop(0) * stage.half[1 - axis]
            row = stage.row(nouns[i], position[0], position[1], size)
            if same is None:
                phase = stage.apply(kind, row, windows[i], lanes, True, ordered, axis == 1)
                idle = _NO_PHASE.copy()
                idle[:2] = windows[1 - i] if ordered else windows[i]
                phases = idle + phase if ordered and i == 1 else phase + idle
                same = (row, phases)
            else:
                for column in (_LOG_SIZE, _ALPHA, _EASE, _X + axis):
                    row[column] = same[0][column]
                phases = same[1]
            rows.append(tuple(row + phases))
        place = _PLACES[axis][0 if lane < 0 else 1] if lanes == 2 else ""
        actors.append(Actor(nouns[i], counts[i], "", place))
        events.append(Event(kind, i, phase=i if ordered else 0))
    return tuple(actors), tuple(events), tuple(rows)


_RELATED = (GOES_INTO, COMES_OUT, TOWARDS, AWAY, ORBITS_CW, ORBITS_CCW) * 2 + (CHASES,) * 5 + (SWAPS,)


def _relation(draw: Draw, aspect: float):
    """Two actors whose event needs both."""
    stage = _Stage(draw, aspect)
    kind = draw.choice(_RELATED)
    a, b = _pick_nouns(draw, [kind, kind], container_last=kind in (GOES_INTO, COMES_OUT))
    start, end = draw.between(0.05, 0.12), draw.between(0.88, 0.95)
    axis = draw.index(2) if kind != CHASES or draw.unit() < 0.25 else 0
    sign, half = draw.sign(), stage.half[axis]
    across = draw.between(-0.3, 0.3) * stage.half[1 - axis]
    heading = -1
    phase_a, phase_b, extra_a = _NO_PHASE.copy(), _NO_PHASE.copy(), _NO_PHASE.copy()
    phase_a[:2] = phase_b[:2] = extra_a[:2] = (start, end)

    def at(along: float, other: float = across) -> tuple[float, float]:
        return (along, other) if axis == 0 else (other, along)

    if kind == CHASES:
        gap, size = draw.between(0.68, 0.8), draw.between(0.52, 0.64)
        distance = draw.between(1.1, 1.35) * half
        middle = draw.between(-0.08, 0.08)
        behind = middle - sign * (distance + gap) / 2
        row_a = stage.row(a, *at(behind), size)
        row_b = stage.row(b, *at(behind + sign * gap), size * draw.between(0.9, 1.1))
        row_b[_EASE] = row_a[_EASE]
        phase_a[_DX + axis] = phase_b[_DX + axis] = sign * distance
        heading = {(0, -1): MOVES_LEFT, (0, 1): MOVES_RIGHT, (1, -1): MOVES_UP, (1, 1): MOVES_DOWN}[(axis, sign)]
    elif kind in (TOWARDS, AWAY):
        size_a, size_b = draw.between(0.5, 0.64), draw.between(0.56, 0.74)
        goal = sign * draw.between(0.56, 0.66) * half
        near, far = goal - sign * (size_a + size_b) * 0.46, -sign * draw.between(0.72, 0.85) * half
        from_to = (far, near) if kind == TOWARDS else (near, far)
        row_a, row_b = stage.row(a, *at(from_to[0]), size_a), stage.row(b, *at(goal), size_b)
        phase_a[_DX + axis] = from_to[1] - from_to[0]
    elif kind in (GOES_INTO, COMES_OUT):
        size_a, size_b = draw.between(0.46, 0.58), draw.between(0.74, 0.95)
        inside, outside = sign * draw.between(0.42, 0.55) * half, -sign * draw.between(0.62, 0.75) * half
        into = kind == GOES_INTO
        row_a, row_b = stage.row(a, *at(outside if into else inside), size_a), stage.row(b, *at(inside), size_b)
        row_a[_EASE] = 0.0
        phase_a[_DX + axis] = (inside - outside) if into else (outside - inside)
        length = end - start
        extra_a[:2] = (start + 0.6 * length, end) if into else (start, start + 0.4 * length)
        extra_a[_DLOG] = math.log(0.22) if into else -math.log(0.22)
        extra_a[_DALPHA] = -1.0 if into else 1.0
        if not into:
            row_a[_LOG_SIZE] += math.log(0.22)
            row_a[_ALPHA] = 0.0
    elif kind == SWAPS:
        reach = draw.between(0.5, 0.6) * half
        row_a, row_b = (stage.row(n, *at(s * reach, 0.0), draw.between(0.56, 0.7)) for n, s in ((a, -1), (b, 1)))
        row_b[_EASE] = row_a[_EASE]
        turn, base = sign * math.pi, 0.0 if axis == 0 else math.pi / 2
        for phase, origin in ((phase_a, base + math.pi), (phase_b, base)):
            phase[_RADIUS], phase[_CIRCLE_FROM], phase[_CIRCLE_TURN] = reach, origin, turn
    else:
        radius, origin = draw.between(0.6, 0.68), draw.between(0, 2 * math.pi)
        x, y = (draw.between(-0.08, 0.08) + draw.between(-0.4, 0.4) * (half_side - 1) for half_side in stage.half)
        row_b = stage.row(b, x, y, draw.between(0.5, 0.62))
        row_a = stage.row(a, x + radius * math.cos(origin), y + radius * math.sin(origin), draw.between(0.42, 0.52))
        turn = math.radians(draw.between(270, 350)) * (1 if kind == ORBITS_CW else -1)
        phase_a[_RADIUS], phase_a[_CIRCLE_FROM], phase_a[_CIRCLE_TURN] = radius, origin, turn
    # B first, A painted over it, so that what goes into a box is seen until it is inside.
    rows = (tuple(row_b + phase_b + _NO_PHASE), tuple(row_a + phase_a + extra_a))
    return (Actor(a, 1), Actor(b, 1)), (Event(kind, 0, 1, 0, heading),), rows


ASPECTS = (1.0, 1.0, 1.0, 1.0, 4 / 3, 4 / 3, 3 / 4, 16 / 9)


def sample_scene(draw: Draw, aspect: float | None = None) -> Scene:
    """One scene of a frame with the given width / height (None: one of ASPECTS)."""
    shape = draw.choice(ASPECTS) if aspect is None else aspect
    background, colour, texture = _sample_background(draw, shape)
    structure = draw.unit()
    if structure < 0.42:
        actors, events, rows = _solo(draw, shape)
    elif structure < 0.6:
        actors, events, rows = _together(draw, shape, ordered=False)
    elif structure < 0.78:
        actors, events, rows = _together(draw, shape, ordered=True)
    else:
        actors, events, rows = _relation(draw, shape)
    return Scene(background, colour, texture, actors, events, rows)


# -------------------------------------------------------------------------------------------------------------- batches
def middle_times(frames: int) -> np.ndarray:
    return (np.arange(frames) + 0.5) / frames


def sample_times(generator: np.random.Generator, count: int, frames: int, jitter: bool) -> np.ndarray:
    """Times [count, frames] to look at: the middles, or with jitter an arbitrary stretch around the event.

    With jitter a clip may start up to 12 % early or 4 % late (so too its end) and each look strays within its share.
    """
    times = np.broadcast_to(middle_times(frames), (count, frames))
    if not jitter:
        return times.copy()
    times = times + generator.uniform(-0.35, 0.35, (count, frames)) / frames * generator.random((count, 1))
    start = generator.uniform(-0.12, 0.04, (count, 1))
    end = generator.uniform(0.96, 1.12, (count, 1))
    return start + times * (end - start)


def labels(scenes: list[Scene]) -> tuple[np.ndarray, np.ndarray]:
    """Nouns int64 [n, 3] (-1 where there are fewer) and events as a multi-hot float32 [n, len(EVENTS)]."""
    nouns = np.full((len(scenes), MAX_OBJECTS), -1, np.int64)
    events = np.zeros((len(scenes), len(EVENTS)), np.float32)
    for i, scene in enumerate(scenes):
        for o, actor in enumerate(scene.actors):
            nouns[i, o] = actor.noun
        for event in scene.events:
            events[i, event.kind] = 1
    return nouns, events


def sample_batch(
    seed: int,
    n: int,
    frames: int = 8,
    twins: bool = True,
    captions_per_scene: int = 1,
    jitter: bool = False,
    aspect: float | None = None,
    order_twins: float = 0.0,
) -> dict:
    """A batch from one seed.

    Returns background float32 [n, BACKGROUND_COLUMNS], states float32 [n, frames, MAX_OBJECTS, STATE_COLUMNS],
    captions list[str] of n * captions_per_scene (those of one scene side by side), noun_ids int64 [n, 3],
    events float32 [n, len(EVENTS)], twin_of int64 [n] (-1: none), scenes list[Scene].
    With twins, n must be even and scenes 2i and 2i+1 are each other's twins: played backwards, or, with probability
    `order_twins` where possible, with their two events in the other order.
    """
    from captions import caption

    if twins and n % 2:
        raise ValueError(f"n is {n}: with twins it must be even")
    draw = Draw(seed, block=4096)
    scenes: list[Scene] = []
    texts: list[str] = []
    while len(scenes) < n:
        scene = sample_scene(draw, aspect)
        if not twins:
            scenes.append(scene)
            texts.extend(caption(scene, draw) for _ in range(captions_per_scene))
            continue
        other = order_twin(scene) if order_twins and draw.unit() < order_twins else None
        other = other or twin(scene)
        if other is None:
            continue
        scenes += (scene, other)
        # Half of the time both captions use the same words, so that nothing but the motion tells them apart.
        first = [Replay(draw) for _ in range(captions_per_scene)]
        second = [replay.rewind() if draw.unit() < 0.5 else draw for replay in first]
        texts.extend([caption(scene, replay) for replay in first])
        for replay in second:
            if isinstance(replay, Replay):
                replay.rewind()
            texts.append(caption(other, replay))
    generator = np.random.Generator(np.random.PCG64([seed, 1]))
    noun_ids, events = labels(scenes)
    return {
        "background": np.stack([scene.background for scene in scenes]),
        "states": evaluate(scenes, sample_times(generator, n, frames, jitter)),
        "captions": texts,
        "noun_ids": noun_ids,
        "events": events,
        "twin_of": np.arange(n) ^ 1 if twins else np.full(n, -1),
        "scenes": scenes,
    }


def appearance_batch(seed: int, n: int, aspect: float | None = None) -> dict:
    """Single frames and what they show, without a word of motion: for an image stage. Arrays as in `sample_batch`."""
    from captions import appearance_caption

    draw = Draw(seed, block=4096)
    scenes = [_still(draw, draw.choice(ASPECTS) if aspect is None else aspect) for _ in range(n)]
    noun_ids, events = labels(scenes)
    return {
        "background": np.stack([scene.background for scene in scenes]),
        "states": evaluate(scenes, np.full((n, 1), 0.5)),
        "captions": [appearance_caption(scene, draw) for scene in scenes],
        "noun_ids": noun_ids,
        "events": events,
        "twin_of": np.full(n, -1),
        "scenes": scenes,
    }


def _still(draw: Draw, aspect: float) -> Scene:
    """One to three different things that do nothing, anywhere in the frame without much overlap."""
    background, colour, texture = _sample_background(draw, aspect)
    stage, axis, count = _Stage(draw, aspect), draw.index(2), draw.choice((1, 1, 1, 2, 2, 3))
    nouns = _pick_nouns(draw, [STAYS] * count)
    low, high = _SIZE_OF[count]
    rows = []
    for noun, lane in zip(nouns, _LANES[count]):
        position = [0.0, 0.0]
        position[axis] = draw.between(-0.6, 0.6) * stage.half[axis]
        position[1 - axis] = (lane + (draw.between(-0.6, 0.6) if count == 1 else 0)) * stage.half[1 - axis]
        row = stage.row(noun, position[0], position[1], draw.between(low * 0.7, high))
        row[_ANGLE] = draw.between(-0.6, 0.6)
        rows.append(tuple(row + _NO_PHASE + _NO_PHASE))
    return Scene(
        background, colour, texture, tuple(Actor(noun, 1) for noun in nouns),
        tuple(Event(STAYS, i) for i in range(count)), tuple(rows),
    )  # fmt: skip
