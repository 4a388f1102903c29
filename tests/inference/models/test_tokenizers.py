"""CLIP's tokenizers, made from the published byte pair table."""

import hashlib
import sys
from pathlib import Path

from transformers import CLIPTokenizer

from inference.models.tokenizers import VOCABULARY, Padding, clip_tokenizer, vocabulary_file


def test_the_numbers_are_clip_s() -> None:
    tokenizer = clip_tokenizer(Padding.END)
    assert len(tokenizer) == VOCABULARY == 49_408
    # The table that OpenAI published with CLIP, byte for byte.
    published = "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a"
    assert hashlib.sha256(vocabulary_file().read_bytes()).hexdigest() == published
    assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert tokenizer("A  PHOTO of\na cat").input_ids == tokenizer("a photo of a cat").input_ids


def test_each_text_encoder_is_filled_up_with_what_it_learned() -> None:
    for padding, number in ((Padding.END, 49_407), (Padding.BANG, 0)):
        tokenizer = clip_tokenizer(padding)
        ids = tokenizer("cat!", padding="max_length", max_length=77, truncation=True).input_ids
        assert ids == [49406, 2368, 256, 49407, *[number] * 73], "a typed ! is a token, not padding"
        assert tokenizer.model_max_length == 77


def test_it_reads_back_what_it_wrote(tmp_path: Path) -> None:
    clip_tokenizer(Padding.END).save_pretrained(tmp_path)
    text = "masterpiece, 1girl, Café, it's 3d!!! ♥ 日本"
    assert CLIPTokenizer.from_pretrained(tmp_path)(text).input_ids == clip_tokenizer(Padding.END)(text).input_ids


def test_the_package_is_read_and_never_run() -> None:
    clip_tokenizer(Padding.BANG)
    assert "open_clip" not in sys.modules
