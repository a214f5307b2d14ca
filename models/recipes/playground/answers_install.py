"""Puts a trained decoder into the bundle: `python3 answers_install.py DIR [--fingerprint HEX]`.

DIR is what answers_train.py wrote. Copies the weights and the tokenizer, writes the entry `decoder` of bundle.json, and a
check for the product: what the decoder says of made-up tokens here, computed by PyTorch in float32. --fingerprint is
that of the bundle (`videre models describe`); without it the entry's own stays.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch

from answers_model import AnswerConfig, Answerer
from answers_questions import CANNOT_TELL, DESCRIBE
from answers_train import BUNDLE, QUESTION_TOKENS, make_tokenizer
from checkpoint import read_safetensors
from model import RMSNorm
from tokenizer import SEP

CHECK = Path(__file__).resolve().parents[3] / "test" / "fixtures" / "decoder-check.json"
CHECKED = ("how many cats are there", "what does the dog do", DESCRIBE)
PROMPT_VALUES = 24


def made_up_tokens(count, width):
    """Numbers any language computes alike: token t, channel c -> sin(0.37 t + 1.7 c + 0.01 t c)."""
    t, c = np.arange(count)[:, None], np.arange(width)[None]
    return np.sin(0.37 * t + 1.7 * c + 0.01 * t * c).astype(np.float32)


@torch.no_grad()
def check_of(config, tensors):
    model = Answerer(config)
    model.load_state_dict({name: torch.from_numpy(value.astype(np.float32)) for name, value in tensors.items()})
    model.eval()
    tokenizer = make_tokenizer()
    prompt = model.resampler(torch.from_numpy(made_up_tokens(config.times * config.places, config.vision))[None])
    read = model.decoder.read(prompt)
    asked = []
    for question in CHECKED:
        ids = tokenizer.encode([question])[0]
        ids = ids[ids != 0]
        said = []
        while len(said) < config.positions - len(ids):
            logits = model.decoder(read, torch.from_numpy(ids)[None], torch.tensor([said], dtype=torch.long))[0, -1]
            if not said:
                first = [round(float(value), 4) for value in logits[:PROMPT_VALUES]]
            if int(logits.argmax()) == SEP:
                break
            said.append(int(logits.argmax()))
        asked.append({"question": question, "ids": ids.tolist(), "firstLogits": first, "answer": said})
    return {"prompt": [round(float(value), 5) for value in prompt[0, :, 0]], "asked": asked}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fingerprint")
    options = parser.parse_args()
    trained = json.loads((options.folder / "decoder.json").read_text())["config"]
    config = AnswerConfig(**trained | {"cells": tuple(trained["cells"])})
    path = BUNDLE / "bundle.json"
    description = json.loads(path.read_text())
    description["decoder"] = {
        "hidden": config.hidden, "heads": config.heads, "cells": list(config.cells),
        "resamplerLayers": config.resampler_layers, "resamplerIntermediate": config.resampler_intermediate,
        "layers": config.layers, "intermediate": config.intermediate, "vocabulary": config.vocabulary,
        "maxPosition": config.positions, "maxTokens": QUESTION_TOKENS, "normEps": RMSNorm.eps,
        "encoderFingerprint": options.fingerprint or description["decoder"]["encoderFingerprint"],
        "captionQuestion": DESCRIBE, "abstention": CANNOT_TELL,
    }  # fmt: skip
    for name in ("decoder.safetensors", "decoder-tokenizer.json"):
        shutil.copyfile(options.folder / name, BUNDLE / name)
    CHECK.write_text(json.dumps(check_of(config, read_safetensors(BUNDLE / "decoder.safetensors"))) + "\n", "utf8")
    path.write_text(json.dumps(description, indent=2) + "\n", "utf8")


if __name__ == "__main__":
    main()
