# Everything that a person or CI does here. `make help` lists it.
GO            ?= go
BIN           := bin
GOLANGCI      := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
BENCHSTAT     := golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0
FUZZTIME      ?= 60s
VERSION       ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
COMMIT        ?= $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS       := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
PLATFORMS     := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

# The race detector needs a C compiler. Without one the tests run all the same.
RACE := $(shell command -v $$($(GO) env CC) >/dev/null 2>&1 && echo -race)
TEST := $(if $(RACE),,CGO_ENABLED=0 )$(GO) test $(if $(RACE),$(RACE) )-shuffle=on -timeout 20m

# The console is tested in a browser, where there is one.
BROWSER := $(or $(CHROMIUM),$(shell command -v chromium || command -v chromium-browser || command -v google-chrome))

.DEFAULT_GOAL := help
.PHONY: help run build test examples console-vendor screenshots lint licenses vulnerabilities mutants mutants-list mutation impostors check bench peers open storm soak browsers fuzz same judge dist clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Build and serve on 127.0.0.1:3676 (ARGS="--fixture short" adds flags)
	@$(BIN)/standin serve $(ARGS)

build: ## Build bin/standin
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/standin ./cmd/standin

test: ## Run all tests in random order, with the race detector where there is a C compiler
	@if [ -z "$(RACE)" ]; then echo "make test: no C compiler, so the tests run without the race detector"; fi
	@if [ -z "$(BROWSER)" ]; then echo "make test: no Chromium, so the tests of the console in a browser are skipped; CHROMIUM says where there is one"; fi
	@command -v zsh >/dev/null || echo "make test: no zsh, so the tours of the documents are pasted into bash only"
	$(GO) test -run 'Allocations|JournalBytes|HoldNoRequestLines|AnotherCorrectServer|AShortRun' ./engine ./cmd/standin ./contracts
	$(TEST) ./...

EXAMPLES := cmd/standin/testdata/examples

examples: build ## Run the examples of the documents as they are printed (Node 20, bash, Chromium)
	@cd $(EXAMPLES) && npm ci --ignore-scripts --loglevel error
	@$(BIN)/standin exec --fail-on-violations -- node $(EXAMPLES)/run.mjs

console-vendor: ## Renew what the console takes from others, in the versions of engine/console/package.json (Node 20)
	engine/console/vendor.sh

SCREENSHOTS ?= $(CURDIR)/reports/screenshots

screenshots: ## Take a picture of every view of the console, wide and narrow, light and dark, into reports/screenshots (Chromium)
	STANDIN_REQUIRE_BROWSER=1 STANDIN_SCREENSHOTS=$(SCREENSHOTS) $(GO) test -count=1 -run Screenshots ./engine/console
	@mkdir -p engine/console/screenshots
	@cp $(SCREENSHOTS)/live-open-1280-light.png engine/console/screenshots/live.png
	@cp $(SCREENSHOTS)/customer-1280-dark.png engine/console/screenshots/customer.png
	@echo "$(SCREENSHOTS) has $$(ls $(SCREENSHOTS) | wc -l) pictures; engine/console/screenshots has those of the documents"

lint: ## Run the linters, the import rules among them
	$(GO) run $(GOLANGCI) run --allow-parallel-runners ./...

licenses: ## List the licenses of all that is in the binary in cmd/standin/LICENSES.md; one that is not permissive fails
	@cmd/standin/licenses.sh

vulnerabilities: ## Look for known vulnerabilities in what is built; says so if their database cannot be reached
	@said=$$($(GO) run $(GOVULNCHECK) ./... 2>&1); code=$$?; \
	if echo "$$said" | grep -q '^govulncheck: fetching vulnerabilities'; then \
	  echo "make vulnerabilities: the vulnerability database cannot be reached from here, so nothing was looked up"; \
	else echo "$$said"; exit $$code; fi

REPORTS := reports

mutants: ## Prove that the contract suite finds every fault of cmd/mutants/faults
	@$(GO) run ./cmd/mutants run --report-dir $(REPORTS)

mutants-list: ## List these faults: id, package, rule, what it does
	@$(GO) run ./cmd/mutants list

mutation: ## Run the contract suite against generated mutants, all or some (SAMPLE=100 SEED=1 ONLY=engine-service ATLEAST=90 AGAIN=reports/mutation.json TESTS=no)
	@$(GO) run ./cmd/mutants sample --report-dir $(REPORTS) $(if $(SAMPLE),--size $(SAMPLE)) $(if $(SEED),--seed $(SEED)) \
		$(if $(ONLY),--only $(ONLY)) $(if $(ATLEAST),--at-least $(ATLEAST)) $(if $(AGAIN),--again $(AGAIN)) $(if $(filter no,$(TESTS)),--no-tests)

impostors: build ## Show that servers that only look like the service fail the suite, Prism among them (Node 20)
	@cd cmd/standin/testdata/impostors && npm ci --ignore-scripts --loglevel error
	$(GO) test -tags impostors -count=1 -v -run Impostors ./cmd/standin

check: lint vulnerabilities test mutants ## The gate: lint, vulnerabilities, all tests twice in random order, 256 workers at once, long runs of the model, and all mutants
	STANDIN_WORKERS=256 STANDIN_FLOWS=50 STANDIN_MODEL_CHECKS=1000 $(TEST) -timeout 20m -count=1 ./...

bench: ## Measure speed, start and memory, including a million customers (5 minutes, 12 GB)
	$(GO) test -run '^$$' -bench . -benchmem -count $(or $(COUNT),1) ./spec ./state ./engine/... ./cmd/...

MEASURE := $(BIN)/measure
.PHONY: $(MEASURE)
$(MEASURE): build
	@CGO_ENABLED=0 $(GO) build -trimpath -o $@ ./cmd/measure

peers: $(MEASURE) ## Measure beside a bare Go server, kin-openapi, Prism, WireMock and Mockoon (wrk, Java, Node 20; 25 minutes)
	@cd cmd/measure/npm && npm ci --ignore-scripts --loglevel error
	@$(MEASURE) peers

open: $(MEASURE) ## Measure latencies at a fixed rate of 5,000 requests per second over 300 sandboxes
	@$(MEASURE) open

REQUESTS ?= 1000000

storm: $(MEASURE) ## Send a million generated requests, and see that nothing breaks or grows (REQUESTS=…)
	@$(MEASURE) storm --requests $(REQUESTS)

SOAK ?= 10m

soak: $(MEASURE) ## The same at half the rate for ten minutes, with resets, forks and clock jumps (SOAK=…)
	@$(MEASURE) soak --duration $(SOAK)

browsers: $(MEASURE) ## Let 300 browser-like clients in 8 processes work at once, each in its own sandbox
	@$(MEASURE) browsers

fuzz: ## Run every fuzz target for FUZZTIME (60s)
	@for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
	    echo "$$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package || exit 1; \
	  done; \
	done

BASE ?= HEAD
SAME := $(BIN)/same

same: ## Compare all answers of the working tree with those of a revision, byte for byte (BASE=HEAD; ACCEPT=FILE lists what may differ)
	@CGO_ENABLED=0 $(GO) build -trimpath -o $(SAME) ./cmd/same
	@$(SAME) $(if $(ACCEPT),--accept $(ACCEPT)) $(BASE)

judge: ## Compare the facts of cmd/judge, and the answers of the stand-in, with the vendor's documents (DOCUMENTS="a.yml b.yml")
	@$(GO) run ./cmd/judge $(DOCUMENTS)

dist: ## Build static binaries for all platforms into dist/, with checksums
	@rm -rf dist && mkdir dist
	@for platform in $(PLATFORMS); do \
	  os=$${platform%/*}; arch=$${platform#*/}; suffix=; [ $$os = windows ] && suffix=.exe; \
	  echo "dist/standin-$$os-$$arch$$suffix"; \
	  CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags '$(LDFLAGS)' \
	    -o dist/standin-$$os-$$arch$$suffix ./cmd/standin || exit 1; \
	done
	@cd dist && sha256sum standin-* > SHA256SUMS && cat SHA256SUMS

clean: ## Remove what was built
	rm -rf $(BIN) dist $(REPORTS)
