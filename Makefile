# make                ./synfin
# make demo           installs what is missing, builds, and shows what it is for
# make check          installs what is missing, and runs every test; T=source: one suite of unit tests
# make check-more     what needs more of the machine: GNU parallel, Slurm, a bare Debian root (as root; it installs them)
# make unit T=source  the unit tests, or one suite of them
# make asan           build/asan/synfin, with the address and undefined-behaviour sanitizers
# make traces         writes traces/NAME.pcap anew from each traces/NAME.script
# make lab-check      every lesson of the lab with ten seeds, its outcome held against what it says
# make recorded       records the lab's lessons anew into traces/recorded; N=handshake: only these
# make layers         holds the arrows between the folders
# make bench          speed and memory, against a bare libpcap loop on the same captures; the dashboard's, also live
# make fuzz           ten minutes of libFuzzer for each target (FUZZ_SECONDS; needs clang)
# make bundle         synfin-bundle/, a folder that runs from a home directory on a lab machine
# make install        the program and its man page, to PREFIX (/usr/local)
# make deps           installs what building and testing need; make clean

CC      ?= cc
CFLAGS  ?= -O3 -g
PREFIX  ?= /usr/local
CORPUS  ?= ../shared/corpus
BUILD   ?= build

WARNINGS   = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
LUA       := $(shell pkg-config --exists lua5.4 && echo lua5.4 || echo lua)
LUA_FLAGS := $(shell pkg-config --cflags $(LUA))
DIALECT    = -std=c17 -D_GNU_SOURCE -I. $(WARNINGS) $(LUA_FLAGS)
LIBS       = -lpcap -lz -lcap-ng $(shell pkg-config --libs ncursesw jansson libmnl $(LUA) libseccomp nettle) -lm
TEST_LIBS  = $(LIBS) $(shell pkg-config --libs check)
SANITIZE   = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

objects    = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)))
PARTS      = $(call objects,base/*.c capture/*.c decode/*.c report/*.c kernel/*.c traffic/*.c grade/*.c ui/*.c) $(BUILD)/traces/bundled.o $(BUILD)/grade/bundled.o
COMMANDS   = $(call objects,cmd/*.c)
CRAFT      = $(call objects,tests/craft.c tests/script*.c)
UNIT       = $(call objects,tests/main.c tests/recorded.c tests/test_*.c) $(CRAFT)
TARGETS    = $(patsubst tests/fuzz_%.c,%,$(wildcard tests/fuzz_*.c))
SOURCES    = $(wildcard */*.c)

link       = $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# --- what is built ---

synfin: $(BUILD)/synfin
	cp --remove-destination $< $@

$(BUILD)/synfin: $(COMMANDS) $(PARTS)
	$(link) $(LIBS)

# Finds the libraries beside itself, and theirs too, which RUNPATH would not.
$(BUILD)/bundled: $(COMMANDS) $(PARTS)
	$(link) -Wl,--disable-new-dtags,-rpath,'$$ORIGIN/lib' $(LIBS)

$(BUILD)/unit: $(UNIT) $(PARTS) | $(BUILD)/static_caller
	$(link) $(TEST_LIBS)

# Static, so not with the sanitizers: a program that the recorder is to see all the same.
$(BUILD)/static_caller: tests/static_caller.c
	@mkdir -p $(@D)
	$(CC) $(DIALECT) -static -o $@ $<

$(BUILD)/make_traces: $(call objects,traces/make_traces.c) $(CRAFT) $(PARTS)
	$(link) $(LIBS)

$(BUILD)/screens: $(call objects,tests/screens.c) $(PARTS)
	$(link) $(LIBS)

$(BUILD)/expect: $(call objects,tests/expect.c) $(PARTS)
	$(link) $(LIBS)

# A small program on the terminal, for tests/terminal, with nothing of the dashboard.
TERMINAL   = $(addprefix ui/,terminal.c typed.c restore.c glyph.c clipboard.c theme.c)
$(BUILD)/term: $(call objects,tests/term.c base/*.c report/canvas.c $(TERMINAL))
	$(link) $(LIBS)

$(BUILD)/cuts: $(call objects,tests/cuts.c tests/everything.c) $(PARTS)
	$(link) $(LIBS)

# One fuzz target twice: with a plain runner for make check, and with libFuzzer for make fuzz.
$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz_%.o $(BUILD)/tests/everything.o $(BUILD)/tests/run_fuzz.o $(PARTS)
	$(link) $(LIBS)

$(BUILD)/libfuzzer_%: $(BUILD)/tests/fuzz_%.o $(BUILD)/tests/everything.o $(PARTS)
	$(link) -fsanitize=fuzzer $(LIBS)

$(BUILD)/loop: $(call objects,bench/loop.c)
	$(link) -lpcap

# The bundled captures, as a table compiled in.
$(BUILD)/traces/bundled.c: traces/bundle traces/README.md $(wildcard traces/*.pcap traces/*.calls.jsonl traces/recorded/*)
	@mkdir -p $(@D)
	traces/bundle >$@.new && mv $@.new $@

$(BUILD)/traces/bundled.o: $(BUILD)/traces/bundled.c
	$(CC) $(DIALECT) $(CFLAGS) -MMD -MP -c -o $@ $<

# The rubric language and the bundled rubrics, in the same way.
$(BUILD)/grade/bundled.c: grade/bundle $(wildcard grade/language/*.lua grade/rubrics/*.lua)
	@mkdir -p $(@D)
	grade/bundle >$@.new && mv $@.new $@

$(BUILD)/grade/bundled.o: $(BUILD)/grade/bundled.c
	$(CC) $(DIALECT) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(DIALECT) $(CFLAGS) -MMD -MP -c -o $@ $<

# --- what is done with it ---

demo: deps
	@echo "Building ./synfin"
	@$(MAKE) -s synfin
	@./synfin lab many-clients

check: deps
	@$(if $(T),$(MAKE) --no-print-directory unit,CORPUS="$(CORPUS)" tests/check)

check-more: deps
	tests/check-more

unit: $(BUILD)/unit
	$(BUILD)/unit $(T)

asan:
	+$(MAKE) BUILD=build/asan CFLAGS="$(SANITIZE)" $(or $(ASAN),build/asan/synfin)

traces: $(BUILD)/make_traces
	$(BUILD)/make_traces traces/*.script

recorded: synfin $(BUILD)/expect
	traces/record $(N)

layers:
	tests/layers

lab-check: synfin $(BUILD)/expect
	rm -rf $(BUILD)/lessons
	tests/scenarios --expect $(BUILD)/expect --seeds 10 --keep $(BUILD)/lessons
	tests/true_calls $(BUILD)/lessons
	tests/true_states --expect $(BUILD)/expect $(BUILD)/lessons

bench: synfin $(BUILD)/loop
	bench/run; run=$$?; bench/live && exit $$run

fuzz:
	+tests/fuzz $(TARGETS)

bundle: $(BUILD)/bundled
	.ci/bundle $<

install: synfin
	install -D -m 755 synfin $(DESTDIR)$(PREFIX)/bin/synfin
	install -D -m 644 cmd/synfin.1 $(DESTDIR)$(PREFIX)/share/man/man1/synfin.1
	sed 's|@PREFIX@|$(PREFIX)|' cmd/synfin.apparmor >$(BUILD)/synfin.apparmor
	install -D -m 644 $(BUILD)/synfin.apparmor $(DESTDIR)$(PREFIX)/share/synfin/apparmor
	@if [ "$$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null)" = 1 ]; then \
	    echo "AppArmor keeps the lab from ordinary users here. To let synfin, once, as root:"; \
	    echo "    cp $(PREFIX)/share/synfin/apparmor /etc/apparmor.d/synfin"; \
	    echo "    apparmor_parser -r /etc/apparmor.d/synfin"; \
	fi

deps:
	@.ci/deps

clean:
	rm -rf build synfin synfin-bundle

# Compiles every file, the tests too, and says nothing: for tests/check.
objects: $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/traces/bundled.o $(BUILD)/grade/bundled.o

print-%:
	@echo $($*)

.PHONY: demo check check-more unit asan traces recorded layers lab-check bench fuzz bundle install deps clean objects
.SECONDARY:
-include $(wildcard $(BUILD)/*/*.d)
