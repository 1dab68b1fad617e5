# SPDX-License-Identifier: MIT
# mailvan - see README.md; `make help` lists the targets. V=1 shows the commands, T=name runs one test,
# BUILD=dir builds elsewhere, SANITIZE=address,undefined builds with sanitizers; config.mk holds local settings.
SHELL := /bin/bash
.DEFAULT_GOAL := all
-include config.mk

BUILD ?= build
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = @$(if $(filter 1,$(V)),:,echo "  $(1)")
DESTDIR ?=
prefix ?= /usr/local
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
compdir ?= $(prefix)/share/bash-completion/completions
docdir ?= $(prefix)/share/doc/mailvan

# ---- flags: probed and asked for once, and only when something is compiled, because a fresh machine
# ---- has neither compiler nor pkg-config while `make check` is still installing them.
once = $(eval $(1) := $(2))$($(1))
cc-ok = $(shell echo 'int main(void){return 0;}' | $(CC) -Werror $(1) -x c - -o /dev/null 2>/dev/null && echo '$(1)')

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 \
	-Wundef -Wwrite-strings -Wpointer-arith -Wcast-qual -Wimplicit-fallthrough -Wdouble-promotion \
	-Wconversion -Wno-sign-conversion
WERROR ?= -Werror
SANITIZE ?=
ifeq ($(SANITIZE),)
PROBED = $(call once,PROBED,$(foreach f,-fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero,$(call cc-ok,$(f))))
HARDEN = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong $(PROBED)
OPT ?= -O2 -g
else
HARDEN := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
# Lines, not locals, in the reports: a sixth less to compile. OPT='-O1 -g' is for a debugger.
OPT ?= -O1 -g1
LDHARDEN := -fsanitize=$(SANITIZE)
endif

# libcsv has no .pc file in Debian; ncursesw's forces an older _XOPEN_SOURCE.
PKGS := libcurl sqlite3 libsodium jansson libcrypto libssl libxml-2.0 ldap
PKG_CFLAGS = $(call once,PKG_CFLAGS,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
PKG_LIBS = $(call once,PKG_LIBS,$(shell pkg-config --libs $(PKGS) 2>/dev/null))
# Loaded when it is needed (core/admin/xml_read.h).
XML_SONAME = $(call once,XML_SONAME,$(shell objdump -p "$$(pkg-config --variable=libdir libxml-2.0)/libxml2.so" 2>/dev/null | \
	awk '$$1 == "SONAME" { print $$2 }'))
CURSES_CFLAGS = $(call once,CURSES_CFLAGS,$(shell pkg-config --cflags ncursesw 2>/dev/null | \
	sed 's/-D_XOPEN_SOURCE=[0-9]*//;s/-D_DEFAULT_SOURCE//'))
CURSES_LIBS = $(call once,CURSES_LIBS,$(shell pkg-config --libs ncursesw 2>/dev/null))

ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -I. $(OPT) $(WARN) $(WERROR) $(CPPFLAGS) $(HARDEN) -fno-common -fPIE -pthread \
	$(PKG_CFLAGS) -MMD -MP $(CFLAGS)
ALL_LDFLAGS = $(LDHARDEN) -pie -pthread -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(LDFLAGS)
LIBS = $(PKG_LIBS) -lcsv -lm

# ---- rooms: each is one static library; a room links only what it may know -----
src = $(wildcard $(1)/*.c) $(wildcard $(1)/*/*.c)
base_SRC := $(wildcard core/base/*.c) $(wildcard core/model/*.c)
net_SRC := $(call src,core/net)
mail_SRC := $(call src,core/mail)
store_SRC := $(call src,core/store)
admin_SRC := $(call src,core/admin)
work_SRC := $(call src,core/work)
import_SRC := $(call src,import)
tui_SRC := $(filter-out tui/main.c tui/term/term_curses.c,$(call src,tui))
ROOMS := tui import work admin store mail net base
base_LIBS := base
net_LIBS := net base
mail_LIBS := mail net base
store_LIBS := store base
admin_LIBS := admin store mail net base
work_LIBS := work admin store mail net base
import_LIBS := import store base
tui_LIBS := $(ROOMS)

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
lib = $(BUILD)/lib$(1).a
all: $(BUILD)/mailvan ## build the program: build/mailvan

# A file that changes only when its words do: what depends on it is made again when a source file
# goes away or the flags change.
define remember
@mkdir -p $(@D)
@echo '$(1)' | cmp -s - $@ || echo '$(1)' > $@
endef
$(BUILD)/flags: FORCE
	$(call remember,$(CC) $(SANITIZE) $(OPT) $(WERROR) $(CPPFLAGS) $(CFLAGS))
FORCE:

define ROOM_RULE
$(BUILD)/lib$(1).list: FORCE
	$$(call remember,$$($(1)_SRC))
$(call lib,$(1)): $(call obj,$($(1)_SRC)) $(BUILD)/lib$(1).list
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach r,$(ROOMS),$(eval $(call ROOM_RULE,$(r))))

$(BUILD)/%.o: %.c $(BUILD)/flags | deps-build
	@mkdir -p $(@D)
	$(call say,CC    $<)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/tui/term/term_curses.o: ALL_CFLAGS += $(CURSES_CFLAGS)
$(BUILD)/core/admin/xml_read.o: ALL_CFLAGS += -DLIBXML2_SONAME='"$(XML_SONAME)"'

$(BUILD)/mailvan: $(BUILD)/tui/main.o $(BUILD)/tui/term/term_curses.o $(foreach r,$(ROOMS),$(call lib,$(r)))
	$(call say,LINK  $@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(CURSES_LIBS)

# ---- test programs: tests/unit/ROOM/test_x.c and tests/engine/test_x.c are cmocka programs that link only their
# ---- room and those below it; tests/lib/*.c and tests/servers/*_lib.c (helpers without main) are linked to each.
TESTLIB_SRC := $(wildcard tests/lib/*.c) $(wildcard tests/servers/*_lib.c)
UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
ENGINE_SRC := $(wildcard tests/engine/test_*.c)
TENANT_SRC := $(wildcard tests/servers/tenant/*.c)
TOOL_SRC := $(filter-out $(TESTLIB_SRC) tests/bench/wire.c,$(wildcard tests/servers/*.c tests/corpus/*.c tests/bench/*.c)) \
	tests/servers/tenant/tenant.c
bin = $(patsubst %.c,$(BUILD)/%,$(1))
TEST_LINK = $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/libtest.list: FORCE
	$(call remember,$(TESTLIB_SRC))
$(BUILD)/libtest.a: $(call obj,$(TESTLIB_SRC)) $(BUILD)/libtest.list
	@rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)
define UNIT_RULE
$(BUILD)/tests/unit/$(1)/%: $(BUILD)/tests/unit/$(1)/%.o $(BUILD)/libtest.a $(foreach r,$($(1)_LIBS),$(call lib,$(r)))
	$$(call say,LINK  $$@)
	$$(Q)$$(TEST_LINK) -lcmocka
endef
$(foreach r,$(ROOMS),$(eval $(call UNIT_RULE,$(r))))
$(BUILD)/tests/engine/%: $(BUILD)/tests/engine/%.o $(BUILD)/libtest.a $(foreach r,$(work_LIBS),$(call lib,$(r)))
	$(call say,LINK  $@)
	$(Q)$(TEST_LINK) -lcmocka
# ---- crash tests: the files of the core that have crash points are compiled a second time, with the points in them;
# ---- linked first, they stand in for their namesakes in the libraries.
CRASHLIB_SRC := $(wildcard tests/crash/*_lib.c)
CRASH_SRC := $(filter-out $(CRASHLIB_SRC),$(wildcard tests/crash/*.c))
POINTED_SRC := $(shell grep -lrw --include='*.c' CRASH_POINT core)
$(BUILD)/pointed/%.o: %.c $(BUILD)/flags | deps-build
	@mkdir -p $(@D)
	$(call say,CC    $< with crash points)
	$(Q)$(CC) $(ALL_CFLAGS) -DMAILVAN_CRASH_POINTS -c -o $@ $<
$(call bin,$(CRASH_SRC)): $(BUILD)/%: $(BUILD)/%.o $(call obj,$(CRASHLIB_SRC)) $(patsubst %.c,$(BUILD)/pointed/%.o,$(POINTED_SRC)) \
		$(BUILD)/libtest.a $(foreach r,$(work_LIBS),$(call lib,$(r)))
	$(call say,LINK  $@)
	$(Q)$(TEST_LINK) -lcmocka
# Tools with a main of their own: proxies, the mail generator. One has two files, one asks the store itself.
$(BUILD)/tests/bench/limit: $(BUILD)/tests/bench/wire.o
$(BUILD)/tests/bench/scale: $(BUILD)/tests/bench/scale.o $(foreach r,$(work_LIBS),$(call lib,$(r)))
	$(call say,LINK  $@)
	$(Q)$(TEST_LINK)
$(BUILD)/tests/servers/tenant/tenant: $(call obj,$(TENANT_SRC))
	$(call say,LINK  $@)
	$(Q)$(TEST_LINK) -lmicrohttpd
$(BUILD)/tests/%: $(BUILD)/tests/%.o
	$(call say,LINK  $@)
	$(Q)$(TEST_LINK)
.SECONDARY:

# ---- fuzzing: tests/fuzz/fuzz_x.c are targets; replay.c gives them their seeds, libFuzzer (make fuzz) new inputs -------
FUZZ_TIME ?= 60
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
LIBFUZZER := $(findstring fuzzer-no-link,$(SANITIZE))
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(if $(LIBFUZZER),,$(BUILD)/tests/fuzz/replay.o) \
		$(foreach r,import admin store mail net base,$(call lib,$(r)))
	$(call say,LINK  $@)
	$(Q)$(TEST_LINK) $(if $(LIBFUZZER),-fsanitize=fuzzer)

# ---- faults: the harness, and the library that it preloads into mailvan. That one stands before any sanitizer, so it is
# ---- built without.
FAULTS_SRC := $(filter-out tests/faults/inject%,$(wildcard tests/faults/*.c))
FAULTS := $(BUILD)/tests/faults/faults $(BUILD)/tests/faults/inject.so
$(BUILD)/tests/faults/faults: $(call obj,$(FAULTS_SRC)) $(BUILD)/libtest.a $(foreach r,$(work_LIBS),$(call lib,$(r)))
	$(call say,LINK  $@)
	$(Q)$(TEST_LINK)
$(BUILD)/tests/faults/inject.so: $(wildcard tests/faults/inject*.[ch])
	$(call say,LINK  $@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -I. -O2 -g -fno-omit-frame-pointer $(WARN) $(WERROR) -fPIC -shared -pthread \
		-o $@ $(filter %.c,$^) -ldl

unit: $(call bin,$(UNIT_SRC)) ## build the unit test programs (run one: build/tests/unit/ROOM/test_x)
test-programs: unit $(call bin,$(ENGINE_SRC) $(TOOL_SRC) $(CRASH_SRC) $(FUZZ_SRC)) $(FAULTS)
tools: $(call bin,$(TOOL_SRC))
fuzz-programs: $(call bin,$(FUZZ_SRC))
crash-programs: $(call bin,$(CRASH_SRC))
fault-programs: all $(FAULTS)
transcript-programs: $(BUILD)/tests/engine/test_transcripts

# ---- running things: each target installs what it lacks, then calls make again with its own build folder --------
# "deps-X" looks and tells; "get-X" looks and installs (apt). The lists are in tests/check-deps.sh.
deps-%:
	@tests/check-deps.sh $*
get-%:
	@tests/check-deps.sh --install $*
again = +@$(MAKE) --no-print-directory $(if $(filter --jobserver% -j%,$(MAKEFLAGS)),,-j$$(nproc)) BUILD=$(BUILD)$(1)
ASAN := SANITIZE=address,undefined WERROR=-Werror

check: get-check ## everything: all tests against real servers, with ASan+UBSan (T=name runs one)
	$(call again,/check) $(ASAN) run-check
check-quick: get-check ## unit tests and the layer and style checks only
	$(call again,/check) $(ASAN) run-quick
asan: get-check ## like check; the same build
	$(call again,/check) $(ASAN) run-check
# gcc's flow warnings are not reliable in what its thread sanitizer has rewritten.
tsan: get-check ## unit and engine tests under the thread sanitizer
	$(call again,/tsan) SANITIZE=thread WERROR= run-tsan
run-check: all test-programs
	@BUILD=$(BUILD) CC=$(CC) tests/run.sh $(T)
run-quick: all unit
	@BUILD=$(BUILD) CC=$(CC) tests/run.sh --only 'unit/* check-*' $(T)
run-tsan: unit test-programs
	@BUILD=$(BUILD) CC=$(CC) tests/run.sh --only 'unit/* engine/test_*' $(T)

lint: get-lint ## layers, style, documents, shellcheck, and a warning-free build by clang
	$(call again,/clang) CC=clang WERROR=-Werror run-lint
run-lint: all test-programs
	@BUILD=$(BUILD) CC=$(CC) tests/check-lint.sh

torture: get-check ## every crash point, 500 times kill -9, cut wires, memory, disk, power (T="cuts points": these)
	$(call again,/check) $(ASAN) fault-programs
	$(call again,/torture) WERROR=-Werror run-torture
run-torture: all tools crash-programs
	@BUILD=$(BUILD) FAULTS_BUILD=$(patsubst %/torture,%/check,$(BUILD)) tests/torture.sh $(T)

fuzz: get-fuzz ## all fuzz targets, FUZZ_TIME=60 seconds each, then 10,000 mutated transcripts (T=name: one target)
	$(call again,/fuzz) CC=clang SANITIZE=address,undefined,fuzzer-no-link WERROR=-Werror fuzz-programs
	$(call again,/check) $(ASAN) transcript-programs
	@BUILD=$(BUILD) FUZZ_TIME=$(FUZZ_TIME) tests/fuzz/fuzz.sh $(T)

wrap: ## break source lines of more than 120 columns (clang-format)
	@tests/check-style.sh --wrap

demo: get-demo ## a dozen mailboxes move between two servers on this machine, in the console
	$(call again,) all tools
	@BUILD=$(BUILD) tests/demo.sh
bench: get-bench ## speed beside mbsync and the servers' own limit, memory, 30,000 mailboxes (ROWS="one far", RUNS=1)
	$(call again,) all tools
	@BUILD=$(BUILD) tests/bench/bench.sh
screenshots: get-screenshots ## real xterm pictures into screenshots/
	$(call again,) all tools
	@BUILD=$(BUILD) tests/screenshots.sh
docs: all ## write the command and key lists into the man page and README.md
	@BUILD=$(BUILD) tests/check-docs.sh --update

install: all ## install the program, man page and completion (DESTDIR, prefix)
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(compdir) $(DESTDIR)$(docdir)
	install -m 755 $(BUILD)/mailvan $(DESTDIR)$(bindir)/mailvan
	install -m 644 tui/mailvan.1 $(DESTDIR)$(mandir)/man1/mailvan.1
	install -m 644 LICENSE README.md $(DESTDIR)$(docdir)
	$(BUILD)/mailvan completion bash > $(DESTDIR)$(compdir)/mailvan
uninstall: ## remove what install has put there
	rm -f $(DESTDIR)$(bindir)/mailvan $(DESTDIR)$(mandir)/man1/mailvan.1 $(DESTDIR)$(compdir)/mailvan
	rm -rf $(DESTDIR)$(docdir)

clean: ## remove build products
	rm -rf $(BUILD)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n",$$1,$$2}' $(MAKEFILE_LIST) | sort

.PHONY: all unit tools test-programs check check-quick asan tsan run-check run-quick run-tsan run-lint lint wrap demo bench \
	screenshots docs torture run-torture crash-programs fault-programs fuzz fuzz-programs transcript-programs install uninstall clean help FORCE
-include $(patsubst %.c,$(BUILD)/%.d,tui/main.c tui/term/term_curses.c $(foreach r,$(ROOMS),$($(r)_SRC)) \
	$(TESTLIB_SRC) $(UNIT_SRC) $(ENGINE_SRC) $(TOOL_SRC) $(TENANT_SRC) $(CRASH_SRC) $(CRASHLIB_SRC) $(FUZZ_SRC) tests/fuzz/replay.c $(FAULTS_SRC) tests/bench/wire.c)
-include $(patsubst %.c,$(BUILD)/pointed/%.d,$(POINTED_SRC))
