# The verbs of the project. CI calls these and nothing else.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup app test check fix bench system

.venv/ready: requirements.txt requirements-dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

setup: .venv/ready
	$(BIN)/python -m lab fetch

app: setup
	$(BIN)/python app.py --open

# Debian and Ubuntu: the browser and the Chinese font of the browser tests. Elsewhere those tests say what is missing.
system:
	@sh tests/system_packages.sh

test: setup system
	$(BIN)/python -m pytest

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	$(BIN)/python -m bench
