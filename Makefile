# Everything here sets up what it needs: Python 3.11 or newer and make are enough.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO   := out/demo

.DEFAULT_GOAL := help
DATA   ?= ../shared
.PHONY: dist spark sbom audit trust bench bench-scale bench-pictures bench-neo4j torture torture-neo4j neo4j-browser eval deciders models help install demo test test-fast lint types check docs lock neo4j neo4j-down clean

help: ## what can be made
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP) ## a .venv with the command kg

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Jiqun needs Python 3.11 or newer; say which with: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(STAMP) ## build the sample corpus, ask it, draw it
	$(BIN)/kg build examples/corpus --out $(DEMO)
	@echo
	$(BIN)/kg ask platforms_of_firm --graph $(DEMO) --columns organization,platform,quote
	@echo
	$(BIN)/kg ask transfers --graph $(DEMO) --columns giver,taker,modality,quote
	@echo
	$(BIN)/kg ask '上海重点发展什么产业' --graph $(DEMO) --columns place,topic,quote
	@echo
	$(BIN)/kg draw $(DEMO) --out $(DEMO)/page.html --open
	@echo "Open $(DEMO)/page.html in a browser: it works offline, and a click on anything shows the words behind it."

test: $(STAMP) ## all tests, the slow ones last
	$(BIN)/python -m pytest

test-fast: $(STAMP) ## the tests that need no browser, no server and no corpus
	$(BIN)/python -m pytest -m "not integration and not browser and not neo4j"

lint: $(STAMP) ## style, import layers
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

trust: $(STAMP) ## a thousand random ways of editing documents and decisions, each against a build from scratch (minutes)
	KG_EDIT_SEQUENCES=1000 $(BIN)/python -m pytest -q tests/test_kg/test_curation.py -k any_way_of_editing

check: lint types test ## what CI runs

docs: $(STAMP) ## the site in build/site, offline, links checked; before that the README's outputs and the page of the ontology anew
	$(BIN)/python tools/refresh_readme.py
	$(BIN)/python tools/ontology/make_page.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "Open build/site/index.html in a browser."

spark: $(STAMP) ## PySpark for kg build --engine spark, and its tests (600 MB; Java 17 or 21 must be there)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[spark]'
	$(BIN)/python -m pytest tests/test_kg/test_spark.py

neo4j: $(STAMP) ## a Neo4j server on this machine: NEO4J_URI, a container, or Java 17 and Maven
	$(BIN)/python tools/neo4j/server.py up

neo4j-down: $(STAMP) ## stop it and remove its data
	$(BIN)/python tools/neo4j/server.py down

neo4j-browser: $(STAMP) ## serve style and guide to Neo4j Browser until Ctrl-C
	$(BIN)/python tools/neo4j/browser.py --serve

bench: $(STAMP) ## all stages and the whole beside their peers, against the kept ratios; KEEP=1 keeps new ones (half an hour)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python benchmarks/scale/bench.py $(if $(wildcard benchmarks/scale/results/bench.json),$(if $(KEEP),,--compare))

bench-scale: $(STAMP) ## documents by the thousand: one process and several, fresh and again, memory (an hour)
	$(BIN)/python benchmarks/scale/documents.py --documents 250 500 1000 2000 --jobs 2
	$(BIN)/python benchmarks/scale/builds.py --documents 100 1000 10000

bench-neo4j: $(STAMP) ## rate of loading, of the bare driver and of rdflib-neo4j; time of all questions (an hour, starts servers)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python benchmarks/neo4j/load_rate.py --relationships 100000 --rounds 3 --name load_100k
	$(BIN)/python benchmarks/neo4j/load_rate.py --relationships 1000000 --name load_1m --questions

bench-pictures: $(STAMP) ## time to the first picture beside plain pyvis, a page of 50,000 nodes, axe-core from npm (half an hour)
	$(BIN)/python benchmarks/pictures/first_picture.py
	$(BIN)/python benchmarks/pictures/large.py
	$(BIN)/python benchmarks/pictures/accessibility.py $(DEMO)

torture: $(STAMP) ## all tests of faults in full size, then docs/reliability.md (two hours or more; SOAK_SECONDS=600 for a short soak)
	$(BIN)/python tools/reliability.py full

torture-neo4j: $(STAMP) ## kill client and server in the middle of loads, load again, compare (half an hour)
	$(BIN)/python benchmarks/neo4j/torture.py

eval: $(STAMP) ## figures on texts that nothing was learned from (needs DATA=../shared)
	$(BIN)/python tools/quality.py --data $(DATA)
	$(BIN)/python tools/confidence.py --data $(DATA)

deciders: $(STAMP) ## fit judge and linker again after changes of rules or packs (minutes)
	$(BIN)/python tools/training/make_models.py --data $(DATA) --deciders-only

models: $(STAMP) ## train everything anew: make models JAR=bge-small-zh-v15.jar (five hours, installs torch)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[train]'
	$(BIN)/python tools/training/make_models.py --data $(DATA) --jar $(JAR)

sbom: ## sbom.json (CycloneDX) from requirements.lock; fails on a licence that tools/supply/licences.toml does not allow
	$(BIN)/python tools/supply/chain.py licences
	$(BIN)/python tools/supply/chain.py sbom

audit: $(STAMP) ## known vulnerabilities of what is locked, by pip-audit; asks a service on the net, says loudly when it cannot
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[audit]'
	$(BIN)/python tools/supply/chain.py audit

lock: ## pin every dependency with its hashes (no registry address in the file); then `make install sbom`
	env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet \
	  --generate-hashes --allow-unsafe --strip-extras --resolver=backtracking --extra full --extra serve --extra documents --extra docs --extra test-browser --extra dev \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --output-file requirements.lock pyproject.toml

dist: $(STAMP) ## sdist, wheel and SHA256SUMS in dist/, of what is committed: the same commit gives the same bytes anywhere
	rm -rf build/source dist
	mkdir -p build/source dist
	git archive HEAD | tar -x -C build/source
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m build --no-isolation --outdir dist build/source
	cd dist && sha256sum *.tar.gz *.whl > SHA256SUMS && cat SHA256SUMS

clean: ## remove what the tools leave, the .venv stays
	rm -rf out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
