"""What people would say of a scene: paraphrases, synonyms, and now and then the background, sizes and places.

The grammar is closed: `all_words()` is every word that any caption can hold, for a tokenizer of whole words.
"""

from __future__ import annotations

import re

from world import (
    APPEARS, AWAY, BOUNCES, CHASES, CIRCLES_CCW, CIRCLES_CW, COLOUR_NAMES, COMES_OUT, ENTERS_BOTTOM, ENTERS_LEFT,
    ENTERS_RIGHT, ENTERS_TOP, GOES_INTO, GROWS, LEAVES_BOTTOM, LEAVES_LEFT, LEAVES_RIGHT, LEAVES_TOP, MOVES_DOWN,
    MOVES_LEFT, MOVES_RIGHT, MOVES_UP, NOUNS, ORBITS_CCW, ORBITS_CW, SHRINKS, SPINS_CCW, SPINS_CW, STAYS, SWAPS,
    TEXTURES, TOWARDS, VANISHES, ZIGZAGS_LEFT, ZIGZAGS_RIGHT, Actor, Draw, Event, Scene,
)  # fmt: skip

# --------------------------------------------------------------------------------------------------------------- verbs
# Each phrase starts with its verb in the infinitive; "@" is where the other actor goes.
_LEFT = ("left", "to the left", "leftwards")
_RIGHT = ("right", "to the right", "rightwards")
PHRASES: dict[int, tuple[str, ...]] = {
    MOVES_LEFT: tuple(f"{verb} {to}" for verb in ("move", "go", "slide", "travel", "drift") for to in _LEFT),
    MOVES_RIGHT: tuple(f"{verb} {to}" for verb in ("move", "go", "slide", "travel", "drift") for to in _RIGHT),
    MOVES_UP: ("move up", "go up", "rise", "move upwards", "float up", "climb up", "ascend"),
    MOVES_DOWN: ("move down", "go down", "fall", "move downwards", "sink down", "drop down", "descend"),
    ENTERS_LEFT: ("enter from the left", "come in from the left", "arrive from the left", "appear from the left side"),
    ENTERS_RIGHT: ("enter from the right", "come in from the right", "arrive from the right", "appear from the right side"),
    ENTERS_TOP: ("enter from the top", "come in from above", "arrive from the top", "drop in from above"),
    ENTERS_BOTTOM: ("enter from the bottom", "come in from below", "arrive from the bottom", "rise in from below"),
    LEAVES_LEFT: ("leave to the left", "exit to the left", "go out on the left", "move out of view on the left"),
    LEAVES_RIGHT: ("leave to the right", "exit to the right", "go out on the right", "move out of view on the right"),
    LEAVES_TOP: ("leave at the top", "exit at the top", "go out at the top", "fly out of view at the top"),
    LEAVES_BOTTOM: ("leave at the bottom", "exit at the bottom", "go out at the bottom", "fall out of view at the bottom"),
    GROWS: ("grow", "get bigger", "become larger", "grow bigger", "get larger", "expand"),
    SHRINKS: ("shrink", "get smaller", "become smaller", "shrink down", "get tiny"),
    APPEARS: ("appear", "fade in", "show up", "become visible", "pop up"),
    VANISHES: ("vanish", "fade out", "disappear", "become invisible", "fade away"),
    SPINS_CW: ("spin clockwise", "turn clockwise", "rotate clockwise", "turn around clockwise"),
    SPINS_CCW: (
        "spin counterclockwise", "turn counterclockwise", "rotate counterclockwise", "turn around counterclockwise",
        "spin anticlockwise", "rotate anticlockwise",
    ),
    BOUNCES: ("bounce", "jump up and down", "hop", "bounce up and down", "jump"),
    CIRCLES_CW: ("circle clockwise", "move in a circle clockwise", "go round clockwise", "move in a clockwise circle"),
    CIRCLES_CCW: (
        "circle counterclockwise", "move in a circle counterclockwise", "go round counterclockwise",
        "move in a counterclockwise circle", "circle anticlockwise",
    ),
    ZIGZAGS_LEFT: tuple(f"{verb} {to}" for verb in ("zigzag", "move in a zigzag", "weave") for to in _LEFT),
    ZIGZAGS_RIGHT: tuple(f"{verb} {to}" for verb in ("zigzag", "move in a zigzag", "weave") for to in _RIGHT),
    STAYS: ("stay still", "stand still", "remain still", "keep still", "stay in place"),
    GOES_INTO: ("go into @", "move into @", "enter @", "disappear into @", "go inside @"),
    COMES_OUT: ("come out of @", "move out of @", "emerge from @", "appear out of @", "get out of @"),
    CHASES: ("chase @", "run after @", "follow @", "chase after @", "pursue @"),
    TOWARDS: ("move towards @", "go towards @", "approach @", "come closer to @", "go to @"),
    AWAY: ("move away from @", "go away from @", "back away from @", "move farther from @", "depart from @"),
    SWAPS: ("swap places with @", "trade places with @", "change places with @", "switch places with @"),
    ORBITS_CW: ("orbit @ clockwise", "circle around @ clockwise", "move clockwise around @", "go clockwise around @"),
    ORBITS_CCW: (
        "orbit @ counterclockwise", "circle around @ counterclockwise", "move counterclockwise around @",
        "go counterclockwise around @", "circle around @ anticlockwise",
    ),
}  # fmt: skip
# The same chase told of the one in front.
_CHASED = ("flee from @", "run away from @", "escape from @", "be chased by @", "be followed by @")
_BOTH_SWAP = ("swap places", "trade places", "change places", "switch places")
_HEADINGS = {
    MOVES_LEFT: ("to the left",), MOVES_RIGHT: ("to the right",), MOVES_UP: ("upwards",), MOVES_DOWN: ("downwards",),
}  # fmt: skip

_VOWELS = "aeiou"
_DOUBLED = {"get", "pop", "shrug", "spin", "drop", "hop", "swap", "run", "zigzag"}


def _third(verb: str) -> str:
    if verb == "be":
        return "is"
    if verb.endswith(("s", "sh", "ch", "x", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + "s"


def _gerund(verb: str) -> str:
    if verb in _DOUBLED:
        return verb + verb[-1] + "ing"
    if verb.endswith("e") and not verb.endswith("ee") and verb != "be":
        return verb[:-1] + "ing"
    return verb + "ing"


class _Forms:
    """One phrase in the forms that captions use: he does, they do, doing."""

    __slots__ = ("third", "plain", "gerund")

    def __init__(self, phrase: str):
        verb, _, rest = phrase.partition(" ")
        rest = f" {rest}" if rest else ""
        self.third = _third(verb) + rest
        self.plain = ("are" if verb == "be" else verb) + rest
        self.gerund = _gerund(verb) + rest


FORMS = {kind: tuple(map(_Forms, phrases)) for kind, phrases in PHRASES.items()}
_CHASED_FORMS = tuple(map(_Forms, _CHASED))
_BOTH_SWAP_FORMS = tuple(map(_Forms, _BOTH_SWAP))

# --------------------------------------------------------------------------------------------------------------- nouns
_IRREGULAR = {
    "man": "men", "woman": "women", "mouse": "mice", "sheep": "sheep", "deer": "deer", "fish": "fish", "ox": "oxen",
    "wolf": "wolves", "knife": "knives", "leaf": "leaves", "tooth": "teeth", "foot": "feet", "policeman": "policemen",
    "dice": "dice", "die": "dice", "scarf": "scarves", "loaf": "loaves", "cactus": "cacti", "octopus": "octopuses",
    "squid": "squid", "shrimp": "shrimp", "angelfish": "angelfish", "pufferfish": "pufferfish", "blowfish": "blowfish",
    "snowman": "snowmen", "lips": "lips", "bowling pins": "bowling pins", "headphones": "headphones", "bus": "buses",
}  # fmt: skip
_HEAD = re.compile(r" (of|in|with|and) ")


def _plural(name: str) -> str:
    """Plural of a name: of its last word, or of the word before "of"."""
    split = _HEAD.search(name)
    if split:
        return _plural(name[: split.start()]) + name[split.start() :]
    head, _, word = name.rpartition(" ")
    if word in _IRREGULAR:
        many = _IRREGULAR[word]
    elif word.endswith(("s", "sh", "ch", "x", "z")):
        many = word + "es"
    elif word.endswith("y") and word[-2] not in _VOWELS:
        many = word[:-1] + "ies"
    elif word in ("tomato", "potato", "mosquito", "mango", "volcano", "hero"):
        many = word + "es"
    else:
        many = word + "s"
    return f"{head} {many}" if head else many


# The sound, not the letter, decides between "a" and "an".
_A_DESPITE_VOWEL = ("unicorn", "ufo", "euro", "one")


def _article(words: str) -> str:
    first = words.split(" ", 1)[0]
    return f"an {words}" if first[0] in _VOWELS and not first.startswith(_A_DESPITE_VOWEL) else f"a {words}"


class _Name:
    """One way to call a noun, with everything its grammar needs."""

    __slots__ = ("bare", "one", "many", "plural")

    def __init__(self, name: str, tags: frozenset[str]):
        self.bare = name
        self.plural = "plural" in tags
        starts = name.split(" ", 1)[0]
        counted = starts in ("cup", "glass", "bowl", "loaf", "bottle", "roll", "bar", "slice", "piece", "block")
        uncounted = "plural" in tags or ("mass" in tags and not counted)
        self.one = f"some {name}" if uncounted else _article(name)
        self.many = name if uncounted else _plural(name)


NAMES = tuple(tuple(_Name(name, noun.tags) for name in (noun.name, *noun.synonyms)) for noun in NOUNS)
NUMBERS = {2: ("two", "two", "a pair of", "a couple of"), 3: ("three", "three", "three", "a group of three")}
_SIZE_WORDS = {"small": ("small", "little", "tiny"), "big": ("big", "large", "huge")}


def _subject(actor: Actor, draw: Draw, bare: bool) -> tuple[str, bool]:
    """A noun phrase, and whether its verb is in the plural."""
    names = NAMES[actor.noun]
    name = names[0] if len(names) == 1 or draw.unit() < 0.62 else names[1 + draw.index(len(names) - 1)]
    size = draw.choice(_SIZE_WORDS[actor.size]) if actor.size and draw.unit() < 0.3 else ""
    if actor.count > 1:
        number = draw.choice(NUMBERS[actor.count])
        return f"{number} {name.many}", True
    if bare:
        return (f"{size} {name.bare}" if size else name.bare), name.plural
    if size:
        return (f"some {size} {name.bare}" if name.one.startswith("some") else f"a {size} {name.bare}"), name.plural
    return name.one, name.plural


# ---------------------------------------------------------------------------------------------------------- background
_TEXTURE_WORDS = {
    "plain": ("", "", "plain "), "gradient": ("", "", "shaded "), "striped": ("striped ", ""),
    "checkered": ("checkered ", ""), "dotted": ("dotted ", "spotted ", ""), "wavy": ("wavy ", ""),
    "noisy": ("cloudy ", "rough ", ""),
}  # fmt: skip
_BACKGROUNDS = (
    "on a {} background", "against a {} background", "in front of a {} wall", "on a {} backdrop", "over a {} background",
    "with a {} background",
)  # fmt: skip


def _background(scene: Scene, draw: Draw) -> str:
    words = f"{draw.choice(_TEXTURE_WORDS[scene.texture])}{scene.colour}"
    phrase = draw.choice(_BACKGROUNDS)
    return phrase.format(words).replace("a orange", "an orange")


# ------------------------------------------------------------------------------------------------------------- clauses
PRESENT, PROGRESSIVE, PARTICIPLE, BARE = range(4)  # moves left; is moving left; a cat moving left; cat moving left


def _conjugated(forms: _Forms, plural: bool, style: int) -> str:
    if style == PRESENT:
        return forms.plain if plural else forms.third
    if style == PROGRESSIVE:
        return f"{'are' if plural else 'is'} {forms.gerund}"
    return forms.gerund


def _verb(event: Event, plural: bool, draw: Draw, style: int) -> str:
    return _conjugated(draw.choice(FORMS[event.kind]), plural, style)


def _clause(scene: Scene, event: Event, draw: Draw, style: int) -> str:
    bare = style == BARE
    subject, plural = _subject(scene.actors[event.actor], draw, bare)
    if event.other < 0:
        place = scene.actors[event.actor].place
        if place and draw.unit() < 0.15:
            subject = f"{subject} {place}"
        return f"{subject} {_verb(event, plural, draw, style)}"
    other, other_plural = _subject(scene.actors[event.other], draw, bare)
    if event.kind == SWAPS and draw.unit() < 0.5:
        if draw.unit() < 0.5:
            subject, other = other, subject
        return f"{subject} and {other} {_conjugated(draw.choice(_BOTH_SWAP_FORMS), True, style)}"
    if event.kind == SWAPS and draw.unit() < 0.5:
        subject, other, plural = other, subject, other_plural
    forms = draw.choice(FORMS[event.kind])
    if event.kind == CHASES and draw.unit() < 0.35:
        subject, other, plural = other, subject, other_plural
        forms = draw.choice(_CHASED_FORMS)
    text = f"{subject} {_conjugated(forms, plural, style).replace('@', other)}"
    if event.kind == CHASES and draw.unit() < 0.3:
        text = f"{text} {draw.choice(_HEADINGS[event.heading])}"
    return text


OPENINGS = ("there is ", "we see ", "a video of ", "a clip of ", "you can see ", "", "", "")


def caption(scene: Scene, draw: Draw) -> str:
    """One caption that is true of the scene: lower case, natural order of words."""
    roll = draw.unit()
    style = PRESENT if roll < 0.5 else PROGRESSIVE if roll < 0.62 else PARTICIPLE if roll < 0.82 else BARE
    text = _happenings(scene, draw, style)
    if style == PARTICIPLE:
        text = draw.choice(OPENINGS) + text
    if draw.unit() < 0.3:
        where = _background(scene, draw)
        leads = style in (PRESENT, PROGRESSIVE) and not where.startswith("with") and draw.unit() < 0.25
        text = f"{where} {text}" if leads else f"{text} {where}"
    return text


def _happenings(scene: Scene, draw: Draw, style: int) -> str:
    events = scene.events
    if len(events) == 1:
        return _clause(scene, events[0], draw, style)
    if events[-1].phase == 0:
        clauses = [_clause(scene, event, draw, style) for event in events]
        if draw.unit() < 0.3:
            clauses.reverse()
        if len(clauses) == 2:
            return f"{clauses[0]} {draw.choice(('while', 'and', 'as', 'and'))} {clauses[1]}"
        return f"{clauses[0]}, {clauses[1]} and {clauses[2]}"
    first, second = events
    if first.actor == second.actor:
        subject, plural = _subject(scene.actors[first.actor], draw, style == BARE)
        one, two = _verb(first, plural, draw, style), _verb(second, plural, draw, style)
        link = draw.index(5)
        if link == 4:  # "it grows after moving left"
            before = draw.choice(FORMS[first.kind]).gerund
            return f"{subject} {two} after {before}"
        if link == 3:
            after = draw.choice(FORMS[second.kind]).gerund
            return f"{subject} {one} before {after}"
        return f"{subject} {('first ' if link == 2 and style == PRESENT else '')}{one}, {('then', 'and then', 'then')[link]} {two}"
    one, two = _clause(scene, first, draw, style), _clause(scene, second, draw, style)
    link = draw.index(6)
    if link <= 1:
        return f"first {one}, then {two}"
    if link == 2:
        return f"{one}, then {two}"
    if link == 3:
        return f"{one} and then {two}"
    if link == 4:
        return f"{one} before {two}"
    return f"{two} after {one}"


def appearance_caption(scene: Scene, draw: Draw) -> str:
    """What a single frame shows, without a word about motion."""
    bare = draw.unit() < 0.3
    names = [_subject(actor, draw, bare)[0] for actor in scene.actors]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    text = listed if bare else draw.choice(OPENINGS) + listed
    return f"{text} {_background(scene, draw)}" if draw.unit() < 0.5 else text


# ------------------------------------------------------------------------------------------------------------ vocabulary
def all_words() -> list[str]:
    """Every word that a caption can hold, sorted; punctuation is not part of it."""
    texts = ["a an the some first then and while as before after is are being"]
    for forms in [*(f for group in FORMS.values() for f in group), *_CHASED_FORMS, *_BOTH_SWAP_FORMS]:
        texts += [forms.third, forms.plain, forms.gerund]
    for names in NAMES:
        for name in names:
            texts += [name.bare, name.one, name.many]
    for group in (*NUMBERS.values(), *_SIZE_WORDS.values(), *_HEADINGS.values(), *_TEXTURE_WORDS.values()):
        texts += group
    texts += [*_BACKGROUNDS, *OPENINGS, *COLOUR_NAMES, "at the top bottom on the left right"]
    return sorted(set(re.findall(r"[a-z]+", " ".join(texts))))


# --------------------------------------------------------------------------------------------------------- truth of one
Facts = tuple
"""(((noun, count), ...), ((kind, actor, other, phase, heading), ...), colour, texture): what tells scenes apart."""


def facts(scene: Scene) -> Facts:
    actors = tuple((actor.noun, actor.count) for actor in scene.actors)
    return actors, tuple(sorted(tuple(event) for event in scene.events)), scene.colour, scene.texture


def may_be_said_of(said: Facts, shown: Facts) -> bool:
    """Whether a caption of the scene with facts `said` could be taken for one of the scene with facts `shown`.

    On the safe side: backgrounds, counts and the order of events are ignored (a caption may leave them out), and one
    shared noun with a similar event is enough for each noun of the caption.
    """
    shown_nouns = {noun for noun, _ in shown[0]}
    said_nouns = {noun for noun, _ in said[0]}
    if not said_nouns <= shown_nouns:
        return False
    shown_families = _families(shown)
    return all(family in shown_families for family in _families(said))


_FAMILY = {
    MOVES_LEFT: "left", ENTERS_RIGHT: "left", LEAVES_LEFT: "left", ZIGZAGS_LEFT: "left",
    MOVES_RIGHT: "right", ENTERS_LEFT: "right", LEAVES_RIGHT: "right", ZIGZAGS_RIGHT: "right",
    MOVES_UP: "up", ENTERS_BOTTOM: "up", LEAVES_TOP: "up", MOVES_DOWN: "down", ENTERS_TOP: "down", LEAVES_BOTTOM: "down",
    CIRCLES_CW: "clockwise", CIRCLES_CCW: "counterclockwise", ORBITS_CW: "clockwise", ORBITS_CCW: "counterclockwise",
}  # fmt: skip


def _families(known: Facts) -> set:
    actors, events, _, _ = known
    return {(actors[actor][0], _FAMILY.get(kind, kind), heading) for kind, actor, other, phase, heading in events}
