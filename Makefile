# Linux and macOS. On Windows the lines behind each name work as they are, with .venv\Scripts\python.exe.
PYTHON ?= python3
VENV := .venv/bin/python
# Files of tests are given out in the order of tests/conftest.py, to so many processes as it says.
SPREAD := -n auto --dist loadfile --no-loadscope-reorder

.PHONY: run test check install

run: install
	$(VENV) bot.py

test: install
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m pyright
	$(VENV) -m pytest $(SPREAD)

# The part that takes less than a minute.
check: install
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m pyright
	$(VENV) -m pytest $(SPREAD) -m "not gpu and not slow"

install:
	@$(PYTHON) bot.py --install
