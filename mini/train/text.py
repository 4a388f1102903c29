"""The words' side: the tokenizer's vocabulary and the text encoder: `python -m mini.train.text`.

Recipe: a byte-level BPE vocabulary is built so that every word of the captions and of words.txt is one token, while
any other text falls apart into letters or bytes. The text encoder, a stock CLIPTextModel of 2.3 M parameters, first
learns to understand: one learned query per group looks at its token states and must tell which tag of the group the
caption says, or that it says none. After a few minutes it hardly errs, and the UNet learns on its frozen states.
"""

# diffusers and transformers annotate blocks as tuples of one, outputs as unions, and `to` as bound elsewhere.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

import argparse
import json
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from mini.artist import GROUPS, compose
from mini.train.captions import PRAISE, SYNONYMS, WORDS, Caption, caption
from mini.train.data import RUNS
from mini.train.loop import Training, mixed, pick_device
from mini.train.split import TEST_SEED

WIDTH = 192
LENGTH = 77
BATCH = 48
START, END = "<|startoftext|>", "<|endoftext|>"
# CLIP's own division into words, so that the stock CLIPTokenizer reads the vocabulary as it was made.
SPLIT = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


def build_tokenizer(folder: Path) -> CLIPTokenizer:
    """Makes the vocabulary from captions and everyday words, and saves it in `folder`."""
    dice = random.Random(0)
    corpus = [caption(compose(seed), dice).text for seed in range(3000)]
    known = {*WORDS, *PRAISE, *SYNONYMS, *(word for row in SYNONYMS.values() for word in row)}
    known |= {tag for tags in GROUPS.values() for tag in tags}
    corpus += sorted(known) * 3
    maker = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    maker.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    maker.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=1 << 20, end_of_word_suffix="</w>", initial_alphabet=letters, show_progress=False
    )
    maker.train_from_iterator(corpus, trainer)
    made = json.loads(maker.to_str())["model"]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    merges = [tuple(pair) for pair in made["merges"]]
    tokens += [token for token in dict.fromkeys(a + b for a, b in merges) if token not in tokens]
    vocabulary = {token: number for number, token in enumerate([*tokens, START, END])}
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=LENGTH)
    tokenizer.save_pretrained(folder)
    return tokenizer


def build(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """The untrained text encoder for this vocabulary."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=4 * WIDTH, projection_dim=WIDTH,
        num_hidden_layers=4, num_attention_heads=6, max_position_embeddings=LENGTH, hidden_act="quick_gelu",
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return CLIPTextModel(config)


def tokens(tokenizer: CLIPTokenizer, texts: list[str], *, whole: bool = True) -> torch.Tensor:
    """Token numbers (B, 77), padded and cut as the stock pipeline does it; not `whole`: only as long as the longest."""
    padding = "max_length" if whole else "longest"
    return tokenizer(texts, padding=padding, max_length=LENGTH, truncation=True, return_tensors="pt").input_ids


class Understanding(nn.Module):
    """One query per group over the token states (B, 77, 192): scores (B, tags of the group, and "not said")."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(len(GROUPS), WIDTH) * 0.02)
        self.look = nn.MultiheadAttention(WIDTH, 6, batch_first=True)
        self.heads = nn.ModuleDict({group: nn.Linear(WIDTH, len(tags) + 1) for group, tags in GROUPS.items()})

    def forward(self, states: torch.Tensor) -> dict[str, torch.Tensor]:
        """Scores by group; those of accessories are one yes or no for each."""
        found, _ = self.look(self.queries.expand(len(states), -1, -1), states, states, need_weights=False)
        return {group: head(found[:, i]) for i, (group, head) in enumerate(self.heads.items())}


def targets(captions: list[Caption]) -> dict[str, torch.Tensor]:
    """What is said, by group: the tag's number or the number of tags (B,); accessories as zeros and ones."""
    wanted: dict[str, torch.Tensor] = {}
    for group, names in GROUPS.items():
        values = [c.said.get(group) for c in captions]
        if group == "accessories":
            rows = [[float(name in (value or ())) for name in names] + [0.0] for value in values]
            wanted[group] = torch.tensor(rows)
        else:
            wanted[group] = torch.tensor([names.index(v) if isinstance(v, str) else len(names) for v in values])
    return wanted


def loss_of(scores: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> torch.Tensor:
    """Cross entropy summed over the groups; accessories as separate yes-or-no questions."""
    total = torch.zeros((), device=next(iter(scores.values())).device)
    for group, score in scores.items():
        want = wanted[group].to(score.device)
        if group == "accessories":
            total = total + 5 * F.binary_cross_entropy_with_logits(score.float(), want)
        else:
            total = total + F.cross_entropy(score.float(), want)
    return total


def train(folder: Path, minutes: float) -> None:
    """Trains for `minutes` in all and leaves the tokenizer's and the encoder's folder, and what was understood."""
    device = pick_device()
    place = folder / "tokenizer"
    tokenizer = CLIPTokenizer.from_pretrained(place) if place.exists() else build_tokenizer(place)
    encoder, head = build(tokenizer).to(device), Understanding().to(device)
    weights = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(weights, 1e-3, weight_decay=0.01, fused=True)
    training = Training(folder, "text", minutes=minutes, optimizer=optimizer, encoder=encoder, head=head)
    dice = random.Random()
    for step in training.steps():
        captions = [caption(compose(dice.randrange(TEST_SEED)), dice) for _ in range(BATCH)]
        # Padding teaches little and costs half of the time: only every eighth batch has all 77 places.
        read = tokens(tokenizer, [c.text for c in captions], whole=step % 8 == 0)
        with mixed(device):
            scores = head(encoder(read.to(device)).last_hidden_state)
        loss = loss_of(scores, targets(captions))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        training.add(loss)
    encoder.save_pretrained(folder / "text_encoder")
    print(json.dumps(measure(tokenizer, encoder, head), indent=1), flush=True)


@torch.no_grad()
def measure(tokenizer: CLIPTokenizer, encoder: CLIPTextModel, head: Understanding) -> dict[str, float]:
    """How often each group is understood rightly, over 1,000 captions of scenes that training does not use."""
    dice, device = random.Random(1), next(encoder.parameters()).device
    captions = [caption(compose(TEST_SEED + i), dice) for i in range(1000)]
    right = dict.fromkeys(GROUPS, 0.0)
    for first in range(0, len(captions), 100):
        part = captions[first : first + 100]
        scores = head(encoder(tokens(tokenizer, [c.text for c in part]).to(device)).last_hidden_state)
        wanted = targets(part)
        for group, score in scores.items():
            want = wanted[group].to(device)
            same = ((score > 0) == want.bool()).all(1) if group == "accessories" else score.argmax(1) == want
            right[group] += float(same.sum()) / len(captions)
    return {group: round(value, 4) for group, value in right.items()}


def main() -> None:
    """Reads the options and trains."""
    parser = argparse.ArgumentParser(prog="python -m mini.train.text", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--minutes", type=float, default=8)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    train(options.folder, options.minutes)


if __name__ == "__main__":
    main()
