"""Files that are no models, each refused in one sentence, and the oddities of real ones."""

import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import BadWeights
from inference.models import header, pickles
from inference.models.header import CHECKPOINT, UPLOAD, Rules, read_header
from tests.weights import entries, write_file, write_weights

GOOD = {"lora_unet_mid.alpha": ("F32", []), "lora_unet_mid.lora_up.weight": ("F16", [4, 2])}  # 4 + 16 bytes
NAME = "lora_unet_mid.lora_up.weight"


def changed(**facts: object) -> dict[str, object]:
    """The good header with one tensor's facts changed."""
    listed = entries(GOOD)
    listed[NAME] |= facts
    return dict(listed)


def named(name: str) -> dict[str, object]:
    return dict(entries({name: ("F16", [10])}))


def raw(text: str) -> Callable[[Path], Path]:
    return lambda path: write_file(path, text.encode(), data_bytes=20)


def said(listed: object, data_bytes: int = 20) -> Callable[[Path], Path]:
    return lambda path: write_file(path, listed, data_bytes=data_bytes)


def content(data: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return write


def zipped(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    return path


def shortened(by: int) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        whole = write_weights(path, GOOD).read_bytes()
        path.write_bytes(whole[: len(whole) - by])
        return path

    return write


def huge(path: Path) -> Path:
    return write_file(path, b"{", data_bytes=90_000_000, length=90_000_000)


def a_pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


ENTRY = '{"dtype":"F16","shape":[10],"data_offsets":[0,20]}'
EMPTY = {"dtype": "F16", "shape": [0], "data_offsets": [0, 0]}
# what is wrong -> how to write it, and what is said
MALFORMED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "nothing in it": (content(b""), header.CUT_OFF),
    "seven bytes": (content(bytes(7)), header.CUT_OFF),
    "a length and no more": (content(struct.pack("<Q", 100)), header.CUT_OFF),
    "a web page": (content(b"<!DOCTYPE html><html>404</html>"), header.NO_SAFETENSORS),
    "a picture": (content(b"\x89PNG\r\n\x1a\n" + bytes(100)), header.NO_SAFETENSORS),
    "a GGUF file": (content(b"GGUF\x03\0\0\0" + bytes(100)), header.NO_SAFETENSORS),
    "a pickle called safetensors": (content(pickle.dumps({"a": 1}, protocol=2) + bytes(50)), pickles.REFUSED),
    "a torch file called safetensors": (zipped, pickles.REFUSED),
    "a header of 2^63 bytes": (lambda path: write_file(path, b"{}", length=2**63), header.HEADER_TOO_LONG),
    "a header longer than the file": (lambda path: write_file(path, entries(GOOD), length=5_000), header.CUT_OFF),
    "a header of 90 MB": (huge, header.HEADER_TOO_LONG),
    "a header of no length": (lambda path: write_file(path, b"{}", length=0), header.GARBLED),
    "a header cut off within a name": (lambda path: write_file(path, b'{"a', data_bytes=20), header.GARBLED),
    "no JSON": (raw('{"a": nonsense}'), header.GARBLED),
    "JSON of something else": (raw("[1, 2, 3]"), header.NO_SAFETENSORS),
    "spaces before the JSON": (raw("  {}"), header.NO_SAFETENSORS),
    "two documents": (raw('{"a":' + ENTRY + "}{}"), header.GARBLED),
    "no UTF-8": (lambda path: write_file(path, b'{"\xff":' + ENTRY.encode() + b"}", data_bytes=20), header.GARBLED),
    "a byte order mark": (lambda path: write_file(path, b"\xef\xbb\xbf{}", data_bytes=0), header.NO_SAFETENSORS),
    "lists in lists, deep": (raw('{"a":' + "[" * 9_000 + "]" * 9_000 + "}"), header.GARBLED),
    "a million lists": (raw('{"a":[' + "[]," * 300_000 + "[]]}"), header.TOO_MANY),
    "a million numbers": (raw('{"a":[' + "1," * 500_000 + "1]}"), header.GARBLED),
    "a number of 5000 digits": (raw('{"a":' + ENTRY.replace("10]", "1" * 5_000 + "]") + "}"), header.GARBLED),
    "NaN as a shape": (raw('{"a":' + ENTRY.replace("10", "NaN") + "}"), header.GARBLED),
    "a tensor twice": (raw('{"a":' + ENTRY + ',"a":' + ENTRY + "}"), header.TWICE),
    "a type twice": (raw('{"a":' + ENTRY.replace("{", '{"dtype":"F32",') + "}"), header.TWICE),
    "metadata twice": (raw('{"__metadata__":{},"a":' + ENTRY + ',"__metadata__":{}}'), header.TWICE),
    "a description twice": (raw('{"__metadata__":{"x":"","x":""},"a":' + ENTRY + "}"), header.TWICE),
    "metadata of numbers": (said({"__metadata__": {"format": 1}, **entries(GOOD)}), header.BAD_METADATA),
    "metadata that is a list": (said({"__metadata__": ["pt"], **entries(GOOD)}), header.BAD_METADATA),
    "metadata in metadata": (said({"__metadata__": {"a": {"b": "c"}}, **entries(GOOD)}), header.BAD_METADATA),
    "half of a character": (raw('{"__metadata__":{"a":"\\ud800"},"a":' + ENTRY + "}"), header.BAD_METADATA),
    "no tensors": (lambda path: write_file(path, {"__metadata__": {"format": "pt"}}), header.NOTHING),
    "20,001 tensors": (said({str(number): EMPTY for number in range(20_001)}, 0), header.TOO_MANY),
    "a tensor that is a number": (said({"a": 1}), header.GARBLED),
    "a tensor without a type": (raw('{"a":{"shape":[10],"data_offsets":[0,20]}}'), header.GARBLED),
    "a tensor without a place": (raw('{"a":{"dtype":"F16","shape":[10]}}'), header.GARBLED),
    "a tensor with more to say": (said(changed(device="cuda")), header.GARBLED),
    "an unknown type": (said(changed(dtype="F12")), header.BAD_TYPE),
    "a type in small letters": (said(changed(dtype="f16")), header.BAD_TYPE),
    "a type that is a number": (said(changed(dtype=16)), header.BAD_TYPE),
    "a shape of -1": (said(changed(shape=[-4, -2])), header.BAD_SHAPE),
    "a shape of fractions": (said(changed(shape=[4.0, 2.0])), header.BAD_SHAPE),
    "a shape of text": (said(changed(shape="42")), header.BAD_SHAPE),
    "a shape of truths": (said(changed(shape=[True, 8])), header.BAD_SHAPE),
    "a shape with a number too large": (said(changed(shape=[1_000_000, 0])), header.BAD_SHAPE),
    "65 dimensions": (said(changed(shape=[1] * 65)), header.BAD_SHAPE),
    "a shape that overflows 64 bits": (said(changed(shape=[200_000] * 4)), header.BAD_SIZE),
    "a shape larger than its bytes": (said(changed(shape=[4, 3])), header.BAD_SIZE),
    "a shape smaller than its bytes": (said(changed(shape=[4, 1])), header.BAD_SIZE),
    "offsets reversed": (said(changed(data_offsets=[20, 4])), header.NOT_WHOLE),
    "offsets below zero": (said(changed(data_offsets=[-16, 0])), header.NOT_WHOLE),
    "one offset": (said(changed(data_offsets=[4])), header.NOT_WHOLE),
    "three offsets": (said(changed(data_offsets=[4, 12, 20])), header.NOT_WHOLE),
    "a hole": (said(changed(data_offsets=[8, 24]), 24), header.NOT_WHOLE),
    "a hole at the start": (said({"a": {"dtype": "F16", "shape": [2], "data_offsets": [4, 8]}}, 8), header.NOT_WHOLE),
    "an overlap": (said(changed(data_offsets=[2, 18])), header.NOT_WHOLE),
    "two tensors in one place": (raw('{"a":' + ENTRY + ',"b":' + ENTRY + "}"), header.NOT_WHOLE),
    "an offset beyond 64 bits": (said(changed(data_offsets=[4, 2**70])), header.BAD_SIZE),
    "a byte too many": (lambda path: write_file(path, entries(GOOD), data_bytes=21), header.TRAILING),
    "a byte too few": (shortened(1), header.CUT_OFF),
    "no data": (shortened(20), header.CUT_OFF),
    "a name that climbs": (said(named("../../etc/passwd")), header.BAD_NAME),
    "a name that climbs on Windows": (said(named("..\\..\\x")), header.BAD_NAME),
    "a name from the root": (said(named("/etc/passwd")), header.BAD_NAME),
    "a name without letters": (said(named("")), header.BAD_NAME),
    "a name with a line break": (said(named("a\nb")), header.BAD_NAME),
    "a name with a zero": (said(named("a\0b")), header.BAD_NAME),
    "a name that turns the text around": (said(named("a\u202eb")), header.BAD_NAME),
    "a name of 600 letters": (said(named("a" * 600)), header.BAD_NAME),
    "a name of half a character": (raw('{"\\udc00":' + ENTRY + "}"), header.BAD_NAME),
    "a pipe": (a_pipe, header.UNREADABLE),
    "not there": (lambda path: path, header.UNREADABLE),
}  # fmt: skip

# What an operator may have on the disk and nobody may upload.
NOT_UPLOADED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a header of 2 MiB": (raw('{"a":' + ENTRY + "}" + " " * (2 << 20)), header.HEADER_TOO_LONG),
    "8,001 tensors": (said({str(number): EMPTY for number in range(8_001)}, 0), header.TOO_MANY),
    "whole numbers": (lambda path: write_weights(path, {"position_ids": ("I64", [1, 77])}), header.BAD_TYPE),
    "eight bits": (lambda path: write_weights(path, {"a.weight": ("F8_E4M3", [4, 4])}), header.BAD_TYPE),
    "five dimensions": (lambda path: write_weights(path, {"a.weight": ("F16", [1] * 5)}), header.BAD_SHAPE),
    "a side of 50,000": (lambda path: write_weights(path, {"a.weight": ("F16", [50_000, 1])}), header.BAD_SHAPE),
    "a name with a quote": (said(named('a"b')), header.BAD_NAME),
    "a name in another script": (said(named("Ж")), header.BAD_NAME),
    "a name like a path": (said(named("a/b")), header.BAD_NAME),
}


def refusal(path: Path, rules: Rules) -> BadWeights:
    with pytest.raises(BadWeights) as caught:
        read_header(path, rules)
    return caught.value


def assert_one_sentence(error: BadWeights, what: str) -> None:
    assert what in (error.template, error.fields.get("what"))
    sentence = error.english()
    assert 20 < len(sentence) < 250
    assert "{" not in sentence
    assert sentence[0].isupper() and sentence[-1] not in "{},"


@pytest.mark.parametrize("wrong", MALFORMED)
def test_a_malformed_file_is_refused_in_one_sentence(tmp_path: Path, wrong: str) -> None:
    write, what = MALFORMED[wrong]
    path = write(tmp_path / "x.safetensors")
    assert_one_sentence(refusal(path, CHECKPOINT), what)
    assert refusal(path, UPLOAD).english()


def test_forty_kinds_of_malformed_files_are_tried() -> None:
    assert len(MALFORMED) >= 40


@pytest.mark.parametrize("wrong", NOT_UPLOADED)
def test_an_upload_may_hold_less_than_a_checkpoint(tmp_path: Path, wrong: str) -> None:
    write, what = NOT_UPLOADED[wrong]
    path = write(tmp_path / "x.safetensors")
    assert_one_sentence(refusal(path, UPLOAD), what)
    assert read_header(path, CHECKPOINT).tensors


@pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".bin", ".PTH"])
def test_a_pickle_is_never_opened_and_the_sentence_names_the_command(tmp_path: Path, suffix: str) -> None:
    error = refusal(a_pipe(tmp_path / f"x{suffix}"), CHECKPOINT)  # to open this would wait for ever
    assert_one_sentence(error, pickles.REFUSED)
    assert "python -m inference.models.convert FILE" in error.english()


@pytest.mark.parametrize(("rules", "limit"), [(CHECKPOINT, 65_536), (UPLOAD, 512)], ids=["checkpoint", "upload"])
def test_a_file_over_the_limit_is_not_read(tmp_path: Path, rules: Rules, limit: int) -> None:
    path = write_weights(tmp_path / "x.safetensors", GOOD)
    os.truncate(path, rules.file_bytes + 1)
    assert f"at most {limit} MiB" in refusal(path, rules).english()


def test_names_shapes_and_places_are_read(tmp_path: Path) -> None:
    found = read_header(write_weights(tmp_path / "x.safetensors", GOOD, {"ss_sd_model_name": "x"}), UPLOAD)
    assert found.metadata == {"ss_sd_model_name": "x"}
    alpha, up = found.tensors.values()
    assert (alpha.dtype, alpha.shape, alpha.start, alpha.end) == ("F32", (), 0, 4)
    assert (up.dtype, up.shape, up.start, up.end) == ("F16", (4, 2), 4, 20)


@pytest.mark.parametrize(
    "name",
    ["emb_params", "clip_l", "clip_g", "string_to_param.*", "<cat-toy>", "EasyNegative", "bundle_emb.my style.clip_l",
     "lora_te1_text_model_encoder_layers_0_mlp_fc1.hada_w1_a", "unet.down_blocks.0.attentions.0.to_q.lora_A.weight"],
)  # fmt: skip
def test_what_loras_and_embeddings_are_made_of_may_be_uploaded(tmp_path: Path, name: str) -> None:
    assert list(read_header(write_weights(tmp_path / "x", {name: ("BF16", [8, 768])}), UPLOAD).tensors) == [name]


def test_the_oddities_of_real_files_are_no_reason_to_refuse_them(tmp_path: Path) -> None:
    tensors = {"v_pred": ("F32", [0]), "model.position_ids": ("I64", [1, 77]), "fp8.weight": ("F8_E4M3", [3, 5])}
    listed = entries(tensors)
    backwards = dict(reversed(listed.items()))  # offsets need not follow the order of the names
    padded = json.dumps({"__metadata__": None, **backwards}).encode() + b"   "
    found = read_header(write_file(tmp_path / "x.safetensors", padded, data_bytes=77 * 8 + 15), CHECKPOINT)
    assert found.tensors.keys() == tensors.keys()
    assert found.metadata == {}


def test_metadata_full_of_brackets_counts_as_no_tensor(tmp_path: Path) -> None:
    tags = json.dumps({"1_girl": {f"tag {{[{number}": number for number in range(30_000)}})
    path = write_weights(tmp_path / "x.safetensors", GOOD, {"ss_tag_frequency": tags, "quote": '\\"{[,'})
    assert len(path.read_bytes()) > 600_000
    assert read_header(path, UPLOAD).metadata["ss_tag_frequency"] == tags


@settings(max_examples=60)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_whatever_bytes_come_nothing_but_badweights_is_raised(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, place: int
) -> None:
    path = write_weights(tmp_path_factory.getbasetemp() / "noise.safetensors", GOOD, {"format": "pt"})
    whole = path.read_bytes()
    path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
    try:
        read_header(path, CHECKPOINT)
    except BadWeights as error:
        assert error.english()
