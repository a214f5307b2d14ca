"""Rasterises the emoji of nouns.tsv into the sprite atlas: `python3 sprites.py` writes out/sprites.npz.

Needs Pillow and Noto Color Emoji (Debian: fonts-noto-color-emoji). The renderer needs only the written file, so a GPU
machine without fonts gets it copied. Atlas layout: uint8 [sprites, 64*64 + 32*32 + 16*16 + 8*8, 4], RGBA with
premultiplied alpha, the four levels of the mip map one after the other, rows from top to bottom.
"""

import argparse
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ATLAS_FILE = HERE / "out" / "sprites.npz"
FONT_FILE = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
SPRITE_PIXELS = 64
MIP_LEVELS = 4
BITMAP_FONT_SIZE = 109  # the only size the bitmap font holds


def load_atlas(path: Path = ATLAS_FILE) -> np.ndarray:
    """The atlas as uint8 [sprites, texels, 4]; row i is row i of nouns.tsv."""
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `python3 {HERE / 'sprites.py'}` where the emoji font is installed")
    with np.load(path) as archive:
        return archive["atlas"]


def rasterise(character: str, font) -> np.ndarray:
    """One emoji, cropped to its ink and centred in a square: premultiplied float32 [64, 64, 4] in 0..255."""
    from PIL import Image, ImageDraw

    canvas = Image.new("RGBA", (160, 160), (0, 0, 0, 0))
    ImageDraw.Draw(canvas).text((12, 12), character, font=font, embedded_color=True)
    box = canvas.getchannel("A").getbbox()
    if box is None:
        raise ValueError(f"the font draws nothing for {character!r}: use another character")
    ink = canvas.crop(box)
    side = max(ink.size) + 2
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(ink, ((side - ink.width) // 2, (side - ink.height) // 2))
    straight = np.asarray(square, np.float32)
    premultiplied = np.concatenate([straight[..., :3] * straight[..., 3:] / 255, straight[..., 3:]], -1)
    channels = [
        Image.fromarray(premultiplied[..., c], "F").resize((SPRITE_PIXELS, SPRITE_PIXELS), Image.Resampling.BOX if side < SPRITE_PIXELS else Image.Resampling.HAMMING)
        for c in range(4)
    ]
    return np.stack([np.asarray(channel) for channel in channels], -1).clip(0, 255)


def mip_chain(level: np.ndarray) -> np.ndarray:
    """All levels of one sprite, flattened and rounded: uint8 [texels, 4]."""
    levels = []
    for _ in range(MIP_LEVELS):
        levels.append(level.reshape(-1, 4))
        half = level.shape[0] // 2
        level = level.reshape(half, 2, half, 2, 4).mean((1, 3))
    return np.rint(np.concatenate(levels)).astype(np.uint8)


def main() -> None:
    from PIL import ImageFont

    from world import NOUNS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--font", type=Path, default=FONT_FILE)
    parser.add_argument("--out", type=Path, default=ATLAS_FILE)
    options = parser.parse_args()
    font = ImageFont.truetype(str(options.font), BITMAP_FONT_SIZE)
    atlas = np.stack([mip_chain(rasterise(noun.character, font)) for noun in NOUNS])
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out, atlas=atlas)
    print(f"{options.out}: {atlas.shape[0]} sprites, {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
