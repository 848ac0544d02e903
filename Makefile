# docteur: the front door. `make run` shows the product working, `make test` runs every test;
# both work from a fresh clone with any Node (18 or newer) and npm, and install what they need.
#
#   make run [DIR=folder] [FILE=path]  pack a folder, verify the image, read FILE through the tender
#   make test [JOBS=n]                 every test, two files at once or n
#   make bench [NAME=...]              every benchmark, beside its peers (about ten minutes)
#   make bench-boot [SHORT=1]          boot times by reader and number of files
#   make fuzz [SECONDS=60] [SEED=n] [COVERAGE=1]  fuzzes every parser of hostile input
#   make flips [COUNT=10000] [SEED=1]  flips bits of images; docteur.verify must refuse each
#   make mutants [NAME=GLOB]           removes one check at a time; a test must fail for each
#   make soak [MINUTES=10] [SEED=n]    guests, readers, tools and faults at once; long fault tests
#   make coverage [TESTS=...]          coverage of lines and branches, and the lines not covered
#   make check                         types, lint, format, import table, dead code, links
#   make build                         dist/: library, commands, guests
#   make clean                         removes everything that was built

DIR ?= build/docs
FILE ?=
SECONDS ?= 60
MINUTES ?= 10

# The clone brings its own Node, by a lockfile: the system's only has to run npm.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

PACKAGES := node_modules/.package-lock.json
# After the packages: npm empties node_modules before it installs them.
INSTALLED := node_modules/.node/.installed
SOURCES := $(shell find tender guest image-tools scripts -name '*.ts' -o -name '*.cjs' -o -name '*.css' 2>/dev/null)
DOCS := README.md ARCHITECTURE.md CHANGELOG.md LICENSE

# What `make` alone does: the list above.
.DEFAULT_GOAL := help
.PHONY: help run test check build clean bench bench-boot fuzz soak flips mutants coverage
.DELETE_ON_ERROR:

$(PACKAGES): package.json package-lock.json .npmrc
	@echo 'make: installing the packages of package-lock.json into node_modules' >&2
	@npm ci --ignore-scripts --loglevel=error

# No script of a package runs, and nothing is fetched that no lockfile knows.
$(INSTALLED): $(PACKAGES) scripts/node/package-lock.json scripts/install-nodes.sh scripts/install-own-node.sh
	@echo 'make: installing the Node of scripts/node/package-lock.json' >&2
	@sh scripts/install-own-node.sh
	@mkdir -p node_modules/.node && touch $@

dist/.built: $(INSTALLED) $(SOURCES) tsconfig.json tsconfig.build.json
	@echo 'make: building dist/: library, commands, guests' >&2
	@node --conditions=docteur:source scripts/build.ts

build: dist/.built

help:
	@sed -n 's/^#   //p' $(firstword $(MAKEFILE_LIST))
	@echo; echo 'README.md says what docteur is; start with: make run'

build/docs: $(DOCS)
	@rm -rf $@ && mkdir -p $@
	@cp $(DOCS) $@

# By way of the environment, so that names may hold blanks and quotes.
run: override export DIR := $(value DIR)
run: override export FILE := $(value FILE)
run: dist/.built build/docs
	@sh scripts/run.sh

# tap's test class is generated once for the plug-ins that package.json names.
.tap/.built: $(INSTALLED)
	tap build
	@mkdir -p .tap && touch $@

# The other Node versions that the commands promise to run on; their tests are skipped without them.
build/nodes/.installed: $(INSTALLED) test/nodes/package-lock.json scripts/install-nodes.sh
	@sh scripts/install-nodes.sh test/nodes build/nodes || \
	  echo 'Node 22 and 26 could not be installed: their tests are skipped' >&2
	@mkdir -p build/nodes && touch $@

test: build/nodes/.installed dist/.built .tap/.built
	@sh scripts/install-packages.sh rsync:rsync bsdtar:libarchive-tools groff:groff-base zsh:zsh fish:fish git:git git-lfs:git-lfs zip:zip qemu-img:qemu-utils sshd:openssh-server xz:xz-utils \
	  libatomic.so.1:libatomic1 nbdinfo:libnbd-bin nbdsh:python3-libnbd nbdkit:nbdkit fio:fio nbd-client:nbd-client \
	  fusermount3:fuse3 python3:python3 gcc:gcc /usr/include/stdio.h:libc6-dev perl:perl nginx:nginx-light openssl:openssl libseccomp.so.2:libseccomp2 \
	  qemu-system-x86_64:qemu-system-x86 busybox:busybox-static chromium:chromium
	@sh scripts/fetch-kernel.sh build/vm
	tap $(JOBS:%=--jobs=%)

bench: build/nodes/.installed dist/.built
	@sh scripts/install-packages.sh git:git /usr/bin/time:time /usr/bin/mksquashfs:squashfs-tools wrk:wrk nginx:nginx-light zip:zip xz:xz-utils \
	  squashfuse_ll:squashfuse nbdkit:nbdkit fio:fio qemu-nbd:qemu-utils qemu-system-x86_64:qemu-system-x86 \
	  busybox:busybox-static chromium:chromium /usr/lib/$(shell uname -m)-linux-gnu/nbdkit/plugins/nbdkit-curl-plugin.so:nbdkit-plugin-curl
	@sh scripts/fetch-kernel.sh build/vm
	sh scripts/bench.sh build/corpus $(NAME)

BASELINE := test/bench/results/boot.json
# Fails only where a ratio is more than twice the stored one.
bench-boot: dist/.built
	node --conditions=docteur:source test/bench/boot.ts $(SHORT:%=--short) \
	  --out build/bench $(if $(wildcard $(BASELINE)),--baseline $(BASELINE))

fuzz: $(INSTALLED)
	node --conditions=docteur:source scripts/fuzz.ts --seconds=$(SECONDS) $(SEED:%=--seed=%) $(COVERAGE:%=--coverage)

COUNT ?= 10000
flips: $(INSTALLED)
	node --conditions=docteur:source scripts/flips.ts --count=$(COUNT) $(SEED:%=--seed=%)

mutants: $(INSTALLED) .tap/.built build/nodes/.installed
	node --conditions=docteur:source scripts/mutants.ts $(if $(NAME),--name='$(NAME)')

soak: dist/.built .tap/.built
	DOCTEUR_LONG=1 DOCTEUR_KILLS=50 tap --timeout=600 test/e2e/faults-make.test.ts test/e2e/million-paths.test.ts test/e2e/mount-scale.test.ts
	node --conditions=docteur:source scripts/soak.ts --minutes=$(MINUTES) $(SEED:%=--seed=%)

TESTS ?=
coverage: dist/.built .tap/.built
	node scripts/coverage.ts $(TESTS)

check: $(INSTALLED)
	node scripts/check.ts

clean:
	rm -rf dist build .tap guest.js disk.img
