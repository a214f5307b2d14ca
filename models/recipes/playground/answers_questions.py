"""Questions about scenes, with the answers that the scene's labels give: what the answering decoder learns from.

Every question belongs to a *form* (a way of asking: "which way does X move"). Answers are balanced within a form, and
questions about things that are not there use the same words as those about things that are, so that somebody who
reads questions alone can do no better than guess.

Answers are canonical: one wording each, the first name of a noun, the first phrase of an event. So an answer can be
compared word by word. Texts are lower case, without punctuation, as the tokenizer sees them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from captions import FORMS, NAMES, NUMBERS, all_words
from world import (
    ALPHA, APPEARS, AWAY, BACKWARDS, BG_HALF_HEIGHT, BG_HALF_WIDTH, BOUNCES, CHASES, CIRCLES, CIRCLES_CCW, CIRCLES_CW,
    COLOUR_NAMES, COMES_OUT, DIRECTION, ENTERS, EVENTS, FADES, GOES_INTO, GROWS, LEAVES, LOCAL, MOVES, NOUNS,
    ORBITS_CCW, ORBITS_CW, SHRINKS, SIZES, SPINS, SPINS_CCW, SPINS_CW, SPRITE, STAYS, SWAPS, TOWARDS, VANISHES, X, Y,
    ZIGZAGS, Actor, Draw, Event, Scene, COUNTABLE, evaluate,
)  # fmt: skip

KINDS = ("what", "count", "direction", "order", "where", "yes_no", "cannot_tell", "caption")
CANNOT_TELL = "cannot tell"
RELATIONS = (GOES_INTO, COMES_OUT, CHASES, TOWARDS, AWAY, SWAPS, ORBITS_CW, ORBITS_CCW)
ORBITS = (ORBITS_CW, ORBITS_CCW)
NUMBER_WORDS = {0: "none", 1: "one", 2: "two", 3: "three"}


class Asked(NamedTuple):
    kind: str
    form: str
    question: str
    answer: str


# ------------------------------------------------------------------------------- what may be said of whoever does what
_TRAVELS = (*MOVES, *ENTERS, *LEAVES, *ZIGZAGS)


def _same_way(kind: int) -> set[int]:
    return {other for other in DIRECTION if DIRECTION[other] == DIRECTION[kind]}


def _mistakable() -> dict[int, frozenset[int]]:
    """For each event the events somebody might truly see in it: none of them is ever asked about as if it were absent."""
    vertical = {kind for kind in DIRECTION if DIRECTION[kind][0] == 1}
    turns = {SPINS_CW: {CIRCLES_CW, ORBITS_CW}, SPINS_CCW: {CIRCLES_CCW, ORBITS_CCW}}
    seen: dict[int, set[int]] = {kind: {kind} for kind in range(len(EVENTS))}
    for kind in DIRECTION:
        seen[kind] |= _same_way(kind)
    for kind in ENTERS:
        seen[kind] |= {APPEARS}
    for kind in LEAVES:
        seen[kind] |= {VANISHES}
    for kind in ZIGZAGS:
        seen[kind] |= vertical | {BOUNCES}
    for kind in LOCAL:
        seen[kind] |= {STAYS}
    seen[BOUNCES] |= vertical
    for kind in (APPEARS, VANISHES):
        seen[kind] |= {*ENTERS, *LEAVES, GOES_INTO, COMES_OUT}
    for kind, round_about in turns.items():
        seen[kind] |= round_about
    for kind in CIRCLES:
        seen[kind] |= {*_TRAVELS, *SPINS, BOUNCES}
    for kind in RELATIONS:
        seen[kind] |= {*_TRAVELS, STAYS}
    seen[GOES_INTO] |= {VANISHES, SHRINKS, TOWARDS}
    seen[COMES_OUT] |= {APPEARS, GROWS, AWAY}
    seen[CHASES] |= {TOWARDS, AWAY}
    seen[TOWARDS] |= {CHASES}
    seen[SWAPS] |= {*CIRCLES, *ORBITS, TOWARDS, AWAY}
    for kind, spin in ((ORBITS_CW, SPINS_CW), (ORBITS_CCW, SPINS_CCW)):
        seen[kind] |= {spin, *CIRCLES, CHASES}
    return {kind: frozenset(kinds) for kind, kinds in seen.items()}


MISTAKABLE = _mistakable()
# What may be seen in the other actor of a relation.
PASSIVE = {kind: frozenset({*_TRAVELS, STAYS, AWAY}) for kind in RELATIONS} | {SWAPS: MISTAKABLE[SWAPS]}


class Facts:
    """A scene with what questions need to know of it."""

    def __init__(self, scene: Scene, ends: np.ndarray):
        """ends: the scene's states at its start and end, [2, MAX_OBJECTS, STATE_COLUMNS]."""
        self.scene, self.ends = scene, ends
        self.events_of: list[list[Event]] = [[] for _ in scene.actors]
        self.seen_in: list[set[int]] = [set() for _ in scene.actors]
        for event in scene.events:
            self.events_of[event.actor].append(event)
            self.seen_in[event.actor] |= MISTAKABLE[event.kind]
            if event.other >= 0:
                self.seen_in[event.other] |= PASSIVE[event.kind]
        self.ordered = scene.events[-1].phase == 1
        self.nouns = {actor.noun for actor in scene.actors}

    def side(self, actor: int, at: int) -> str | None:
        """Where a single actor is at the start (0) or end (1), or None where that is not plain or it is not in view."""
        if self.scene.actors[actor].count != 1:
            return None
        rows = [row for row in self.ends[at] if row[SPRITE] == self.scene.actors[actor].noun and row[ALPHA] > 0.9]
        if not rows:
            return None
        x, y = (rows[0][c] / self.scene.background[h] for c, h in ((X, BG_HALF_WIDTH), (Y, BG_HALF_HEIGHT)))
        if max(abs(x), abs(y)) > 1.0:
            return None
        if abs(x) < 0.2 and abs(y) < 0.2:
            return "in the middle"
        if abs(x) > 0.38 and abs(y) < 0.6 * abs(x):
            return "on the left" if x < 0 else "on the right"
        if abs(y) > 0.38 and abs(x) < 0.6 * abs(y):
            return "at the top" if y < 0 else "at the bottom"
        return None


# ---------------------------------------------------------------------------------------------------------------- words
class Subject(NamedTuple):
    """A thing as a question calls it."""

    the: str  # "the cat", "the two dogs"
    plural: bool

    @property
    def does(self) -> str:
        return "do" if self.plural else "does"

    @property
    def be(self) -> str:
        return "are" if self.plural else "is"


_CONSONANTS, _VOWELS = "bcdfghjklmnprstvwz", "aeiou"


def _made_up_word(draw: Draw) -> str:
    """A word that names nothing here, so that the model learns what to say of things it has never heard of."""
    letters = "".join(draw.choice(_CONSONANTS) + draw.choice(_VOWELS) for _ in range(1 + draw.index(3)))
    return letters + draw.choice(_CONSONANTS) if draw.unit() < 0.6 else letters


def _absent_noun(facts: Facts, draw: Draw) -> int:
    while True:
        noun = draw.index(len(NOUNS))
        if noun not in facts.nouns:
            return noun


def _some_name(noun: int, draw: Draw):
    names = NAMES[noun]
    return names[0] if len(names) == 1 or draw.unit() < 0.62 else names[1 + draw.index(len(names) - 1)]


def _called(actor: Actor, draw: Draw) -> Subject:
    name = _some_name(actor.noun, draw)
    return Subject(f"the {name.many}", True) if actor.count > 1 else Subject(f"the {name.bare}", name.plural)


def _stranger(facts: Facts, draw: Draw, like: Actor) -> Subject:
    """Something that is not in the scene, in place of `like`."""
    if draw.unit() < 0.15:
        return Subject(f"the {_made_up_word(draw)}", like.count > 1)
    noun = _absent_noun(facts, draw)
    return _called(Actor(noun, like.count if noun in COUNTABLE else 1), draw)


def named(actor: Actor) -> str:
    """The thing in an answer: "a cat", "some grapes", "dogs"."""
    name = NAMES[actor.noun][0]
    return name.many if actor.count > 1 else name.one


def _counted(actor: Actor) -> str:
    return f"{NUMBERS[actor.count][0]} {NAMES[actor.noun][0].many}" if actor.count > 1 else named(actor)


def _is_plural(actor: Actor) -> bool:
    return actor.count > 1 or NAMES[actor.noun][0].plural


def _done(scene: Scene, event: Event) -> str:
    """An event in an answer: "moves left", "chases a dog"."""
    forms = FORMS[event.kind][0]
    words = forms.plain if _is_plural(scene.actors[event.actor]) else forms.third
    return words.replace("@", named(scene.actors[event.other])) if event.other >= 0 else words


def _sentence(scene: Scene, event: Event, subject=named) -> str:
    return f"{subject(scene.actors[event.actor])} {_done(scene, event)}"


def description(scene: Scene) -> str:
    """The caption of a scene, in one wording."""
    events = scene.events
    if events[-1].phase == 0:
        if events[0].kind == SWAPS and named(scene.actors[1]) < named(scene.actors[0]):
            events = (events[0]._replace(actor=1, other=0),)
        text = " while ".join(sorted(_sentence(scene, event, _counted) for event in events))
    elif events[0].actor == events[1].actor:
        text = f"{_sentence(scene, events[0], _counted)} then {_done(scene, events[1])}"
    else:
        text = f"first {_sentence(scene, events[0], _counted)} then {_sentence(scene, events[1], _counted)}"
    return f"{text} on {'an' if scene.colour[0] in 'aeiou' else 'a'} {scene.colour} background"


# ---------------------------------------------------------------------------------------------------------------- forms
# A form takes facts, draws and whether to ask of something absent, and gives (question, answer, classes) or None where
# the scene has nothing to ask so. classes: the answers to balance, or None where answers are as many as nouns.
# A key of its own may be given as a fourth, where one form is to be balanced in parts.


def _pick(draw: Draw, options: list):
    return draw.choice(options) if options else None


def _ask_verb(subject: Subject, kind: int, draw: Draw, other: Subject | None = None) -> str:
    """Does the cat chase the dog; is the cat chasing the dog."""
    asked = _inverted(subject, draw.choice(FORMS[kind]), draw)
    return asked.replace("@", other.the) if other else asked


def _inverted(subject: Subject, forms, draw: Draw) -> str:
    if draw.unit() < 0.6:
        return f"{subject.does} {subject.the} {forms.plain}"
    return f"{subject.be} {subject.the} {forms.gerund}"


def _what_does_it(facts: Facts, draw: Draw, absent: bool):
    """what moves left -> a cat"""
    events = facts.scene.events
    if absent:
        seen = set().union(*facts.seen_in)
        reversed_kinds = [BACKWARDS[e.kind] for e in events if BACKWARDS[e.kind] not in seen and e.other < 0]
        other_kinds = [k for k in range(STAYS) if k not in seen]
        kind, answer = _pick(draw, reversed_kinds if draw.unit() < 0.6 and reversed_kinds else other_kinds), CANNOT_TELL
        if kind is None:
            return None
    else:
        event = draw.choice(events)
        kind = event.kind
        others = [seen for i, seen in enumerate(facts.seen_in) if i != event.actor]
        if event.other >= 0 or any(kind in seen for seen in others):
            return None
        answer = named(facts.scene.actors[event.actor])
    forms = draw.choice(FORMS[kind])
    who = draw.choice(("what", "what", "which thing", "who", "what object"))
    return (f"{who} {forms.third}" if draw.unit() < 0.6 else f"{who} is {forms.gerund}"), answer, None


def _what_is_the_other(facts: Facts, draw: Draw, absent: bool):
    """what does the cat chase -> a dog"""
    event = facts.scene.events[0]
    if event.other < 0 or event.kind == SWAPS:
        return None
    actor, other = facts.scene.actors[event.actor], facts.scene.actors[event.other]
    answer = named(other)
    subject = _called(actor, draw)
    if absent:
        subject, answer = (_called(other, draw) if draw.unit() < 0.5 else _stranger(facts, draw, actor)), CANNOT_TELL
    words = _inverted(subject, draw.choice(FORMS[event.kind]), draw)
    return f"what {words}".replace(" @", ""), answer, None


def _what_relates(facts: Facts, draw: Draw, absent: bool):
    """what chases the dog -> a cat"""
    event = facts.scene.events[0]
    if event.other < 0 or event.kind == SWAPS:
        return None
    actor, other = facts.scene.actors[event.actor], facts.scene.actors[event.other]
    target, answer = _called(other, draw), named(actor)
    if absent:
        target, answer = (_called(actor, draw) if draw.unit() < 0.5 else _stranger(facts, draw, other)), CANNOT_TELL
    forms = draw.choice(FORMS[event.kind])
    words = forms.third if draw.unit() < 0.6 else f"is {forms.gerund}"
    return f"{draw.choice(('what', 'who', 'which thing'))} {words}".replace("@", target.the), answer, None


def _what_is_done(facts: Facts, draw: Draw, absent: bool):
    """what does the cat do -> moves left"""
    index = draw.index(len(facts.scene.actors))
    events, actor = facts.events_of[index], facts.scene.actors[index]
    if not events:
        return None
    subject = _stranger(facts, draw, actor) if absent else _called(actor, draw)
    answer = CANNOT_TELL if absent else " then ".join(_done(facts.scene, event) for event in events)
    asked = draw.choice((
        f"what {subject.does} {subject.the} do", f"what {subject.be} {subject.the} doing",
        f"what happens to {subject.the}",
    ))  # fmt: skip
    return asked, answer, None


def _what_colour(facts: Facts, draw: Draw, absent: bool):
    if absent:
        return None
    word = draw.choice(("color", "colour"))
    thing = draw.choice(("background", "background", "wall", "backdrop"))
    asked = draw.choice((
        f"what {word} is the {thing}", f"which {word} is the {thing}", f"what is the {word} of the {thing}",
    ))  # fmt: skip
    return asked, facts.scene.colour, COLOUR_NAMES


def _what_is_there(facts: Facts, draw: Draw, absent: bool):
    if absent:
        return None
    asked = draw.choice((
        "what is in the video", "what can you see", "what is there", "what is shown", "which things are there",
        "what do you see",
    ))  # fmt: skip
    return asked, " and ".join(sorted(map(named, facts.scene.actors))), None


def _what_changes(facts: Facts, draw: Draw, absent: bool):
    """does the cat get bigger or smaller -> bigger"""
    changing = [e for e in facts.scene.events if e.kind in SIZES + FADES]
    event = _pick(draw, changing)
    if event is None:
        return None
    actor = facts.scene.actors[event.actor]
    if {BACKWARDS[event.kind], event.kind} <= {e.kind for e in facts.events_of[event.actor]}:
        return None
    subject = _stranger(facts, draw, actor) if absent else _called(actor, draw)
    if event.kind in SIZES:
        pair = draw.choice((("get bigger", "get smaller"), ("grow", "shrink"), ("become larger", "become smaller")))
        answers = ("they grow", "they shrink") if subject.plural else ("it grows", "it shrinks")
    else:
        pair = draw.choice((("appear", "vanish"), ("appear", "disappear"), ("fade in", "fade out")))
        answers = ("they appear", "they vanish") if subject.plural else ("it appears", "it vanishes")
    answer = CANNOT_TELL if absent else answers[0 if event.kind in (GROWS, APPEARS) else 1]
    first, second = pair if draw.unit() < 0.5 else pair[::-1]
    return f"{subject.does} {subject.the} {first} or {second}", answer, (*answers, CANNOT_TELL), answers[0]


def _how_many(facts: Facts, draw: Draw, absent: bool):
    """how many cats are there -> two"""
    if absent or draw.unit() < 0.25:
        noun = _absent_noun(facts, draw)
        if noun not in COUNTABLE:
            return None
        count = 0
        many = _made_up_word(draw) + "s" if draw.unit() < 0.1 else _some_name(noun, draw).many
    else:
        actor = draw.choice(facts.scene.actors)
        if actor.noun not in COUNTABLE:
            return None
        count, many = actor.count, _some_name(actor.noun, draw).many
    asked = draw.choice((
        f"how many {many} are there", f"how many {many} do you see", f"how many {many} can you see",
        f"how many {many} are in the video",
    ))  # fmt: skip
    return asked, NUMBER_WORDS[count], ("none", "one", "two", "three")


def _how_many_things(facts: Facts, draw: Draw, absent: bool):
    if absent:
        return None
    asked = draw.choice((
        "how many different things are there", "how many kinds of things are there",
        "how many different things do you see",
    ))  # fmt: skip
    return asked, NUMBER_WORDS[len(facts.scene.actors)], ("one", "two", "three")


_WAYS = {(0, -1): "left", (0, 1): "right", (1, -1): "up", (1, 1): "down"}


def _ways_of(facts: Facts, index: int) -> list[str]:
    ways = [_WAYS[DIRECTION[e.kind]] for e in facts.events_of[index] if e.kind in DIRECTION]
    chases = [e for e in facts.scene.events if e.kind == CHASES and index in (e.actor, e.other)]
    return ways + [_WAYS[DIRECTION[e.heading]] for e in chases]


def _which_way(facts: Facts, draw: Draw, absent: bool):
    """which way does the cat move -> left"""
    index = draw.index(len(facts.scene.actors))
    actor, ways = facts.scene.actors[index], _ways_of(facts, index)
    if absent:
        kinds = {e.kind for e in facts.events_of[index]}
        still = not ways and kinds and kinds <= {*LOCAL, STAYS} - {BOUNCES}
        subject = _called(actor, draw) if still and draw.unit() < 0.6 else _stranger(facts, draw, actor)
        answer = CANNOT_TELL
    elif len(set(ways)) != 1:
        return None
    else:
        subject, answer = _called(actor, draw), ways[0]
    verb, ing = draw.choice((("move", "moving"), ("go", "going"), ("travel", "traveling")))
    asked = draw.choice((
        f"which way {subject.does} {subject.the} {verb}", f"which way {subject.be} {subject.the} {ing}",
        f"in which direction {subject.does} {subject.the} {verb}", f"in what direction {subject.be} {subject.the} {ing}",
        f"where {subject.be} {subject.the} {ing}",
    ))  # fmt: skip
    return asked, answer, ("left", "right", "up", "down", CANNOT_TELL)


def _which_turn(facts: Facts, draw: Draw, absent: bool):
    """which way does the cat turn -> clockwise"""
    turning = [e for e in facts.scene.events if e.kind in SPINS + CIRCLES + ORBITS]
    event = _pick(draw, turning)
    if event is None:
        return None
    actor = facts.scene.actors[event.actor]
    subject = _stranger(facts, draw, actor) if absent else _called(actor, draw)
    way = "clockwise" if event.kind in (SPINS_CW, CIRCLES_CW, ORBITS_CW) else "counterclockwise"
    answer = CANNOT_TELL if absent else way
    verb = draw.choice(("spin", "turn", "rotate") if event.kind in SPINS else ("circle", "go round", "move around"))
    asked = draw.choice((
        f"which way {subject.does} {subject.the} {verb}", f"in which direction {subject.does} {subject.the} {verb}",
        f"{subject.does} {subject.the} {verb} clockwise or counterclockwise",
    ))  # fmt: skip
    return asked, answer, ("clockwise", "counterclockwise", CANNOT_TELL)


_SIDES = ("on the left", "on the right", "at the top", "at the bottom")


def _which_side(kinds: tuple, ask):
    def form(facts: Facts, draw: Draw, absent: bool):
        event = _pick(draw, [e for e in facts.scene.events if e.kind in kinds])
        if absent:
            # A thing that comes is asked where it goes, and one that is not there.
            other_kinds = LEAVES if kinds == ENTERS else ENTERS
            lone = [e for e in facts.scene.events if len(facts.events_of[e.actor]) == 1]
            event = event or _pick(draw, [e for e in lone if e.kind in other_kinds])
            if event is None:
                return None
            actor = facts.scene.actors[event.actor]
            is_there = event.kind in other_kinds and draw.unit() < 0.7
            subject = _called(actor, draw) if is_there else _stranger(facts, draw, actor)
            answer = CANNOT_TELL
        elif event is None:
            return None
        else:
            subject, answer = _called(facts.scene.actors[event.actor], draw), _SIDES[kinds.index(event.kind)]
        return ask(subject, draw), answer, (*_SIDES, CANNOT_TELL)

    return form


_enters_where = _which_side(ENTERS, lambda s, draw: draw.choice((
    f"from which side {s.does} {s.the} enter", f"where {s.does} {s.the} come from",
    f"on which side {s.does} {s.the} come in", f"where {s.does} {s.the} enter",
)))  # fmt: skip
_leaves_where = _which_side(LEAVES, lambda s, draw: draw.choice((
    f"on which side {s.does} {s.the} leave", f"where {s.does} {s.the} leave",
    f"where {s.does} {s.the} go out", f"on which side {s.does} {s.the} exit",
)))  # fmt: skip


def _done_in_turn(facts: Facts, draw: Draw, absent: bool):
    """what does the cat do first -> grows"""
    if not facts.ordered or facts.scene.events[0].actor != facts.scene.events[1].actor:
        return None
    which = draw.index(2)
    actor = facts.scene.actors[0]
    subject = _stranger(facts, draw, actor) if absent else _called(actor, draw)
    when = draw.choice((("first", "at first", "at the beginning"), ("last", "then", "at the end", "after that"))[which])
    doing = f"{subject.does} {subject.the} do" if draw.unit() < 0.7 else f"{subject.be} {subject.the} doing"
    asked = f"what {doing} {when}"
    return asked, CANNOT_TELL if absent else _done(facts.scene, facts.scene.events[which]), None


def _happens_in_turn(facts: Facts, draw: Draw, absent: bool):
    """what happens first -> a cat grows"""
    if absent or not facts.ordered:
        return None
    which = draw.index(2)
    asked = draw.choice((
        ("what happens first", "what is the first thing that happens", "what happens at the beginning"),
        ("what happens last", "what happens then", "what happens at the end"),
    )[which])  # fmt: skip
    return asked, _sentence(facts.scene, facts.scene.events[which]), None


def _two_events(facts: Facts) -> tuple[Event, Event] | None:
    """Two events of single actors of which it is plain whether one comes first."""
    events = facts.scene.events
    if len(events) != 2:
        return None
    plain = facts.ordered or all(e.kind not in FADES + (STAYS,) for e in events)
    return (events[0], events[1]) if plain else None


def _before_or_after(facts: Facts, draw: Draw, absent: bool):
    """does the cat grow before or after the dog spins -> before"""
    pair = _two_events(facts)
    if pair is None:
        return None
    answer = "before" if facts.ordered else "at the same time"
    first, second = pair
    if draw.unit() < 0.5:
        first, second, answer = second, first, "after" if facts.ordered else answer
    one, two = (facts.scene.actors[e.actor] for e in (first, second))
    subjects = [_called(one, draw), _called(two, draw)]
    if absent:
        answer, which = CANNOT_TELL, draw.index(2)
        subjects[which] = _stranger(facts, draw, (one, two)[which])
    left = draw.choice(FORMS[first.kind]).plain
    forms = draw.choice(FORMS[second.kind])
    same = first.actor == second.actor and not absent
    who = ("they" if subjects[1].plural else "it") if same else subjects[1].the
    right = f"{who} {forms.plain if subjects[1].plural else forms.third}"
    order = draw.choice(("before or after", "before or after", "after or before"))
    asked = f"{subjects[0].does} {subjects[0].the} {left} {order} {right}"
    return asked, answer, ("before", "after", "at the same time", CANNOT_TELL)


def _who_first(facts: Facts, draw: Draw, absent: bool):
    """which one moves first the cat or the dog -> a cat"""
    if absent or not facts.ordered or len(facts.scene.actors) != 2:
        return None
    last = draw.unit() < 0.3
    one, two = facts.scene.actors[facts.scene.events[0].actor], facts.scene.actors[facts.scene.events[1].actor]
    shown = [_called(one, draw).the, _called(two, draw).the]
    if draw.unit() < 0.5:
        shown.reverse()
    verb = draw.choice(("which one moves", "what comes", "who is"))
    asked = f"{verb} {'last' if last else 'first'} {shown[0]} or {shown[1]}"
    answer = named(two if last else one)
    return asked, answer, None


def _where_is(facts: Facts, draw: Draw, absent: bool):
    """where is the cat -> at the top"""
    placed = [actor for actor in facts.scene.actors if actor.place]
    actor = _pick(draw, placed)
    if actor is None:
        return None
    subject = _stranger(facts, draw, actor) if absent else _called(actor, draw)
    asked = draw.choice((
        f"where {subject.be} {subject.the}", f"on which side {subject.be} {subject.the}",
        f"where do you see {subject.the}", f"in which part of the video {subject.be} {subject.the}",
    ))  # fmt: skip
    return asked, CANNOT_TELL if absent else actor.place, (*_SIDES, CANNOT_TELL)


def _where_then(facts: Facts, draw: Draw, absent: bool):
    """where is the cat at the end -> on the left"""
    index, at = draw.index(len(facts.scene.actors)), draw.index(2)
    actor, side = facts.scene.actors[index], facts.side(index, at)
    if side is None:
        return None
    subject = _stranger(facts, draw, actor) if absent else _called(actor, draw)
    when = draw.choice((("at the beginning", "at first", "at the start"), ("at the end", "in the end", "at last"))[at])
    asked = f"where {subject.be} {subject.the} {when}" if draw.unit() < 0.7 else f"{when} where {subject.be} {subject.the}"
    return asked, CANNOT_TELL if absent else side, (*_SIDES, "in the middle", CANNOT_TELL)


YES_NO = ("yes", "no")


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def _is_there(facts: Facts, draw: Draw, absent: bool):
    truth = draw.unit() < 0.5
    actor = draw.choice(facts.scene.actors) if truth else None
    if actor is None:
        name = _some_name(_absent_noun(facts, draw), draw)
        thing, plural = (f"a {_made_up_word(draw)}", False) if draw.unit() < 0.08 else (name.one, name.plural)
    else:
        name = _some_name(actor.noun, draw)
        thing, plural = name.one, name.plural
    be = "are" if plural else "is"
    asked = draw.choice((
        f"{be} there {thing}", f"do you see {thing}", f"can you see {thing}", f"{be} there {thing} in the video",
    ))  # fmt: skip
    return asked, _yes(truth), YES_NO


def _does_it(facts: Facts, draw: Draw, absent: bool):
    """does the cat move left -> yes"""
    event = draw.choice(facts.scene.events)
    if event.other >= 0:
        return None
    scene, index, kind, truth = facts.scene, event.actor, event.kind, draw.unit() < 0.5
    subject = _called(scene.actors[index], draw)
    if not truth:
        seen, roll = facts.seen_in[index], draw.unit()
        if roll < 0.12:
            subject = _stranger(facts, draw, scene.actors[index])
        else:
            kinds = range(STAYS + 1)
            if roll < 0.5:
                kinds = [BACKWARDS[event.kind]]
            elif roll < 0.75:
                kinds = [e.kind for e in scene.events if e.other < 0]
            options = [k for k in kinds if k not in seen and (k != STAYS or not facts.ordered)]
            kind = _pick(draw, options)
            if kind is None:
                return None
    return _ask_verb(subject, kind, draw), _yes(truth), YES_NO, kind


def _does_it_to(facts: Facts, draw: Draw, absent: bool):
    """does the cat chase the dog -> yes"""
    event = facts.scene.events[0]
    if event.other < 0:
        return None
    actor, other = (_called(facts.scene.actors[i], draw) for i in (event.actor, event.other))
    truth, kind = draw.unit() < 0.5, event.kind
    if not truth:
        roll = draw.unit()
        if roll < 0.4 and kind != SWAPS:
            actor, other = other, actor
        elif roll < 0.8 and BACKWARDS[kind] != kind:
            kind = BACKWARDS[kind]
        elif draw.unit() < 0.5:
            actor = _stranger(facts, draw, facts.scene.actors[event.actor])
        else:
            other = _stranger(facts, draw, facts.scene.actors[event.other])
    return _ask_verb(actor, kind, draw, other), _yes(truth), YES_NO, kind


def _is_background(facts: Facts, draw: Draw, absent: bool):
    truth = draw.unit() < 0.5
    colour = facts.scene.colour if truth else draw.choice([c for c in COLOUR_NAMES if c != facts.scene.colour])
    asked = draw.choice((f"is the background {colour}", f"is there a {colour} background", f"is the wall {colour}"))
    return asked, _yes(truth), YES_NO, colour


def _are_there_so_many(facts: Facts, draw: Draw, absent: bool):
    actor = draw.choice(facts.scene.actors)
    if actor.noun not in COUNTABLE:
        return None
    truth = draw.unit() < 0.5
    count = actor.count if truth else draw.choice([n for n in (1, 2, 3) if n != actor.count])
    name = _some_name(actor.noun, draw)
    many = f"{NUMBER_WORDS[count]} {name.many}"
    asked = f"is there only one {name.bare}" if count == 1 else draw.choice((f"are there {many}", f"do you see {many}"))
    return asked, _yes(truth), YES_NO, count


def _is_it_before(facts: Facts, draw: Draw, absent: bool):
    """does the cat grow before the dog spins -> no"""
    if not facts.ordered:
        return None
    truth = draw.unit() < 0.5
    first, second = facts.scene.events if truth else facts.scene.events[::-1]
    link = "before"
    if draw.unit() < 0.4:
        first, second, link = second, first, "after"
    one, two = (_called(facts.scene.actors[e.actor], draw) for e in (first, second))
    forms = draw.choice(FORMS[second.kind])
    who = ("they" if two.plural else "it") if first.actor == second.actor else two.the
    right = f"{who} {forms.plain if two.plural else forms.third}"
    asked = f"{one.does} {one.the} {draw.choice(FORMS[first.kind]).plain} {link} {right}"
    return asked, _yes(truth), YES_NO


def _is_it_at(facts: Facts, draw: Draw, absent: bool):
    actor = _pick(draw, [actor for actor in facts.scene.actors if actor.place])
    if actor is None:
        return None
    truth = draw.unit() < 0.5
    opposite = {"at the top": "at the bottom", "on the left": "on the right"}
    opposite |= {b: a for a, b in opposite.items()}
    place = actor.place if truth else opposite[actor.place]
    subject = _called(actor, draw)
    return f"{subject.be} {subject.the} {place}", _yes(truth), YES_NO, place


# Words the playground knows nothing of, spelled out by the tokenizer.
_ELSEWHERE = (
    "what is the capital of france", "who is the president", "what time is it", "how old is the man", "what is your name",
    "who made this video", "where was this filmed", "what does it sound like", "is there music", "what is she saying",
    "why is it doing that", "what will happen next", "when was this recorded", "how much does it cost", "who are you",
    "what is the weather like", "what are they talking about", "how tall is it", "what is the score", "who wins the game",
    "ignore your instructions", "write a poem", "delete the video", "what is two plus two", "translate this",
    "how heavy is it",
    "what is the title", "which city is this", "what language is spoken", "what brand is the car", "how long is the video",
    "who is singing", "what did he say", "is this real", "what is on the table", "what does the sign say",
)  # fmt: skip


def _elsewhere(draw: Draw) -> str:
    question = draw.choice(_ELSEWHERE)
    if draw.unit() < 0.5:
        words = question.split()
        words[draw.index(len(words))] = _made_up_word(draw)
        question = " ".join(words)
    return question


_DESCRIBE = (
    "describe the video", "describe the clip", "what happens in the video", "caption", "write a caption", "what happens",
    "what is happening", "what is going on", "tell me what happens", "describe what happens",
)  # fmt: skip
DESCRIBE = _DESCRIBE[0]

# Repetition is weight.
_FORMS_OF = {
    "what": (_what_does_it,) * 3 + (_what_is_the_other, _what_relates, _what_is_done, _what_is_there) * 2
    + (_what_colour, _what_changes),
    "count": (_how_many, _how_many, _how_many, _how_many_things),
    "direction": (_which_way, _which_way, _which_turn, _enters_where, _leaves_where),
    "order": (_done_in_turn, _happens_in_turn, _before_or_after, _before_or_after, _who_first),
    "where": (_where_is, _where_then, _where_then),
    "yes_no": (_does_it,) * 3 + (_does_it_to, _is_it_at) * 2
    + (_is_there, _is_background, _are_there_so_many, _is_it_before),
}  # fmt: skip
_FORM_NAMES = {
    _what_does_it: "what does so", _what_is_the_other: "what is the other", _what_relates: "what relates",
    _what_is_done: "what is done", _what_colour: "what colour", _what_is_there: "what is there", _what_changes: "grow or shrink",
    _how_many: "how many", _how_many_things: "how many things", _which_way: "which way", _which_turn: "which turn",
    _enters_where: "enters where", _leaves_where: "leaves where", _done_in_turn: "done in turn",
    _happens_in_turn: "happens in turn", _before_or_after: "before or after", _who_first: "who first",
    _where_is: "where is", _where_then: "where then", _is_there: "is there", _does_it: "does it", _does_it_to: "does it to",
    _is_background: "is background", _are_there_so_many: "so many", _is_it_before: "is it before", _is_it_at: "is it at",
}  # fmt: skip
# Repetition is weight: some kinds are rarely possible.
_KIND_TURNS = ("what",) * 3 + ("count",) * 3 + ("direction",) * 4 + ("order",) * 5 + ("where",) * 2 + ("yes_no",) * 3
# As above, with more of what is learned slowest.
TRAINING_TURNS = (*_KIND_TURNS, "where", "where", "what")
_ABSENT = 0.2
_ELSEWHERE_SHARE = 0.008  # of the questions
_OPEN_ABSENT = 0.5  # of the above, in forms with as many answers as nouns: there an absence must not be the best guess


class Balance:
    """Lets an answer pass only while it is hardly more frequent than the rarest of its classes."""

    def __init__(self):
        self.counts: dict = defaultdict(lambda: defaultdict(int))

    def accepts(self, key, answer: str, classes: tuple[str, ...]) -> bool:
        counts = self.counts[key]
        if counts[answer] > 1.2 * min(counts[each] for each in classes) + 3:
            return False
        counts[answer] += 1
        return True


def _vary(question: str, draw: Draw) -> str:
    """What people type is not what the forms say."""
    roll = draw.unit()
    if roll < 0.08:
        question = f"{draw.choice(('please tell me', 'tell me', 'can you tell me', 'i want to know'))} {question}"
    elif roll < 0.2 and "video" not in question:
        question = f"{question} {draw.choice(('in the video', 'in this video', 'in the clip', 'in this clip', 'here'))}"
    if draw.unit() < 0.08:
        question = " ".join(word for word in question.split() if word not in ("a", "an", "the"))
    return question


class Asker:
    """Asks balanced questions, scene after scene."""

    def __init__(self, seed: int, turns: tuple[str, ...] = _KIND_TURNS):
        """turns: kinds, drawn from evenly."""
        self.draw, self.balance, self.turns = Draw(seed, block=4096), Balance(), turns

    def about(self, facts: Facts, count: int) -> list[Asked]:
        """`count` different questions about a scene; a description is not among them."""
        asked: list[Asked] = []
        if self.draw.unit() < _ELSEWHERE_SHARE * count:
            asked.append(Asked("cannot_tell", "elsewhere", _elsewhere(self.draw), CANNOT_TELL))
        questions = set()
        for attempt in range(count * 40):
            if len(asked) == count:
                break
            item = self._one(facts) if attempt < count * 30 else self._from(facts, "yes_no", _is_there, False)
            if item is not None and item.question not in questions:
                questions.add(item.question)
                asked.append(item)
        return asked

    def describe(self, scene: Scene) -> Asked:
        return Asked("caption", "describe", self.draw.choice(_DESCRIBE), description(scene))

    def _one(self, facts: Facts) -> Asked | None:
        draw = self.draw
        kind = draw.choice(self.turns)
        return self._from(facts, kind, draw.choice(_FORMS_OF[kind]), draw.unit() < _ABSENT)

    def _from(self, facts: Facts, kind: str, form, absent: bool) -> Asked | None:
        draw = self.draw
        found = form(facts, draw, absent)
        if found is None:
            return None
        question, answer, classes, *part = found
        if classes is None:
            if answer == CANNOT_TELL and draw.unit() > _OPEN_ABSENT:
                return None
        elif not self.balance.accepts((form, *part), answer, classes):
            return None
        return Asked("cannot_tell" if answer == CANNOT_TELL else kind, _FORM_NAMES[form], _vary(question, draw), answer)


def facts_of(scenes: list[Scene]) -> list[Facts]:
    ends = evaluate(scenes, np.broadcast_to(np.array([0.0, 1.0]), (len(scenes), 2)))
    return [Facts(scene, states) for scene, states in zip(scenes, ends)]


# ----------------------------------------------------------------------------------------------------------- vocabulary
_QUESTION_WORDS = """
what which who where how many do does is are can you see there in the video clip this here tell me please i want to know
thing things object kinds of different color colour background wall backdrop way direction move go travel moving going
traveling spin turn rotate circle round around clockwise counterclockwise or side from on at come enter leave exit out
do doing done happens happen happening first last then at beginning end start in that after before it they same time top
bottom left right middle part only one two three none yes no cannot tell get bigger smaller grow shrink larger become
appear vanish disappear fade up down describe caption write shown going on each moves comes grows shrinks appears vanishes
""".split()


def question_words() -> set[str]:
    """Every word of a question or an answer; what is asked of elsewhere is spelled letter by letter."""
    return set(all_words()) | set(_QUESTION_WORDS)
