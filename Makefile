# make            ./synfin
# make demo       installs what is missing, builds, shows what it is for
# make check      the same, and passes every test
# make check T=x  only the unit tests of suite x
# make asan       ./synfin with the address and undefined-behaviour sanitizers, in build/asan
# make bench      speed and memory, against a bare libpcap loop on the same captures
# make fuzz       ten minutes of libFuzzer for each reader (needs clang)
# make bundle     a folder that runs from a home directory on a lab machine
# make install    to PREFIX (/usr/local); make traces, make layers, make clean

CC      ?= cc
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
CORPUS  ?= ../shared/corpus
BUILD   ?= build

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -I. $(WARNINGS) $(CFLAGS) -MMD -MP
LIBS     = -lpcap -lz -lcap-ng
SANITIZE = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

PARTS    = base capture decode report
SOURCES  = $(wildcard $(PARTS:%=%/*.c))
OBJECTS  = $(SOURCES:%.c=$(BUILD)/%.o)
COMMANDS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmd/*.c))
TESTS    = $(patsubst %.c,$(BUILD)/%.o,tests/main.c tests/script.c $(wildcard tests/test_*.c))
FUZZERS  = $(patsubst tests/fuzz_%.c,%,$(wildcard tests/fuzz_*.c))

synfin: $(BUILD)/synfin
	cp $< $@

$(BUILD)/synfin: $(COMMANDS) $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/unit: $(TESTS) $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) $$(pkg-config --libs check)

$(BUILD)/make_traces: $(BUILD)/traces/make_traces.o $(BUILD)/tests/script.o $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# A plain runner of one fuzz target over files, for make check; make fuzz builds the same file with libFuzzer.
$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz_%.o $(BUILD)/tests/run_fuzz.o $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

deps:
	@.ci/deps

demo: deps
	@$(MAKE) --no-print-directory synfin
	@./synfin report traces/lost-syn-ack.pcap
	@./synfin explain traces/lost-syn-ack.pcap

check: deps
	@$(MAKE) --no-print-directory check-all

check-all: synfin
	+tests/check

unit: $(BUILD)/unit
asan:
	+$(MAKE) BUILD=build/asan CFLAGS="$(SANITIZE)" build/asan/synfin
traces: $(BUILD)/make_traces
	$(BUILD)/make_traces traces/*.script
layers:
	tests/layers
bench: synfin
	bench/run
fuzz:
	+tests/fuzz $(FUZZERS)
bundle: synfin
	.ci/bundle

install: synfin
	install -D -m 755 synfin $(DESTDIR)$(PREFIX)/bin/synfin
	install -D -m 644 cmd/synfin.1 $(DESTDIR)$(PREFIX)/share/man/man1/synfin.1

clean:
	rm -rf build synfin synfin-bundle

.PHONY: synfin deps demo check check-all unit asan traces layers bench fuzz bundle install clean
.SECONDARY:
-include $(wildcard $(BUILD)/*/*.d)
