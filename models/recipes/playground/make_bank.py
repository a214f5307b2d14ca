"""Captions of the training split, one a line, for evaluations that need a bank of them (QB-Norm).

    python make_bank.py ../../playground/training-captions.txt
"""

from __future__ import annotations

import sys

from world import TRAIN_SEEDS, sample_batch

CAPTIONS = 2000


def main() -> None:
    captions = sample_batch(TRAIN_SEEDS.start, CAPTIONS, twins=False)["captions"]
    with open(sys.argv[1], "w", encoding="utf-8") as bank:
        bank.writelines(f"{caption}\n" for caption in captions)


if __name__ == "__main__":
    main()
