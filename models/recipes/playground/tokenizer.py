"""The playground's WordPiece tokenizer: every word of the captions is one token; letters spell the rest.

Writes the tokenizer.json that the product reads, and encodes the same way here (BERT's greedy longest match).
"""

import json
import string

import numpy as np

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PAD, UNK, CLS, SEP = 0, 1, 2, 3


def build_vocabulary(words):
    """words: the closed vocabulary of the captions -> {token: id}."""
    letters = list(string.ascii_lowercase + string.digits)
    tokens = SPECIAL + letters + [f"##{c}" for c in letters]
    seen = set(tokens)
    tokens += [w for w in sorted(set(words)) if w not in seen]
    return {token: i for i, token in enumerate(tokens)}


class Tokenizer:
    def __init__(self, vocabulary, max_tokens):
        self.vocabulary, self.max_tokens = vocabulary, max_tokens
        self.longest = max(map(len, vocabulary))
        self.known = {}

    def pieces(self, word):
        ids, start = [], 0
        while start < len(word):
            for end in range(min(len(word), start + self.longest), start, -1):
                token = word[start:end] if start == 0 else f"##{word[start:end]}"
                if token in self.vocabulary:
                    break
            else:
                return [UNK]
            ids.append(self.vocabulary[token])
            start = end
        return ids

    def encode(self, texts):
        """-> ids [N, max_tokens] int64, zero-padded."""
        ids = np.zeros((len(texts), self.max_tokens), np.int64)
        for row, text in enumerate(texts):
            tokens = [CLS]
            for word in text.replace(",", "").replace("-", " ").split():
                if word not in self.known:
                    self.known[word] = self.pieces(word)
                tokens += self.known[word]
            tokens = tokens[: self.max_tokens - 1] + [SEP]
            ids[row, : len(tokens)] = tokens
        return ids


def tokenizer_json(vocabulary):
    special = [
        {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        for i, t in enumerate(SPECIAL)
    ]
    piece = lambda token: {"SpecialToken": {"id": token, "type_id": 0}}
    sequence = lambda name, kind: {"Sequence": {"id": name, "type_id": kind}}
    single = [piece("[CLS]"), sequence("A", 0), piece("[SEP]")]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": single,
            "pair": single + [sequence("B", 1), {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
            "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in (("[CLS]", CLS), ("[SEP]", SEP))},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary},
    }


def write_tokenizer(path, vocabulary):
    path.write_text(json.dumps(tokenizer_json(vocabulary), ensure_ascii=False, indent=1) + "\n", encoding="utf8")
