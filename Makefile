# Linux and macOS. On Windows the lines behind each name work as they are, with .venv\Scripts\python.exe.
PYTHON ?= python3
VENV := .venv/bin/python
# A file of tests per core at a time: most of them wait for processes of their own.
SPREAD := -n logical --dist loadfile

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
