"""Frames and messages: what is sent arrives, and what is none is refused."""

import asyncio
import io
import struct

import pytest

from inference.messages import FROM_WORKER, TO_WORKER, Draw, Garbled, Phase, Progress, framed, receive, receive_blocking
from inference.models.catalog import load_catalog
from tests.inference.conftest import MakeRequest

PROGRESS = Progress(batch=1, index=0, phase=Phase.TEXT, step=0, steps=20)


async def test_a_message_arrives_as_it_was_sent(make_request: MakeRequest) -> None:
    requests = [make_request(prompt="青い髪"), make_request(image="a" * 64)]
    models = [load_catalog().models["genga-mini"]]
    draw = Draw(batch=3, folder="/tmp/x", requests=requests, models=models, files={"b" * 64: "/tmp/lora"})
    assert receive_blocking(TO_WORKER, io.BytesIO(framed(TO_WORKER, draw))) == draw
    stream = asyncio.StreamReader()
    stream.feed_data(framed(FROM_WORKER, PROGRESS) * 2)
    assert await receive(FROM_WORKER, stream) == await receive(FROM_WORKER, stream) == PROGRESS


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff" + b"x" * 100, b"\0\0\0\0", b"\0\0\0\2{}", b"\0\0\0\3abc"])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(Garbled):
        receive_blocking(FROM_WORKER, io.BytesIO(data))


def test_a_refusal_does_not_quote_the_message() -> None:
    body = b'{"type": "draw", "batch": "a secret prompt"}'
    with pytest.raises(Garbled) as raised:
        receive_blocking(TO_WORKER, io.BytesIO(struct.pack(">I", len(body)) + body))
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("length", [0, 3, 9])
def test_the_end_of_the_stream_is_no_message(length: int) -> None:
    assert receive_blocking(FROM_WORKER, io.BytesIO(framed(FROM_WORKER, PROGRESS)[:length])) is None
