"""What every test may ask for."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds bot.py."""
    return Path(__file__).resolve().parent.parent
