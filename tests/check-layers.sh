#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# check-layers.sh - who may know whom (design section 3), held by looking at includes, symbols and headers.
# Needs the libraries of $BUILD. Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
BUILD=${BUILD:-build} CC=${CC:-gcc}
. tests/tally.sh
sources() { find core import tui -name '*.[ch]' | sort; }

# The folders and files that each folder may include from; the longest prefix decides. For a front end the public
# face is core/mailvan.h with the headers it is made of.
public=$(sed -n 's/^#include "\(.*\)"$/\1/p' core/mailvan.h | tr '\n' ' ')
verdict "rooms include only what they may know" "$(sources | xargs awk -v public="core/mailvan.h $public" '
	BEGIN {
		may["core/base/"] = "core/base/"
		may["core/model/"] = "core/base/ core/model/"
		may["core/net/"] = may["core/model/"] " core/net/"
		may["core/mail/"] = may["core/net/"] " core/mail/"
		may["core/store/"] = may["core/model/"] " core/store/"
		may["core/admin/"] = may["core/store/"] " core/net/ core/mail/ core/admin/"
		may["core/work/"] = "core/"
		may["core/mailvan.h"] = "core/"
		may["import/"] = public "import/"
		may["tui/"] = public "import/import.h import/table.h import/devices.h import/enrolments.h import/permissions.h import/users.h import/wiped.h tui/"
	}
	/^#include "/ {
		split($0, q, "\""); inc = q[2]; best = ""
		for (room in may)
			if (index(FILENAME, room) == 1 && length(room) > length(best))
				best = room
		n = split(may[best], w, " ")
		for (i = 1; i <= n; i++)
			if (index(inc, w[i]) == 1)
				next
		printf "  %s:%d: may not include %s\n", FILENAME, FNR, inc
	}')"

# One library lives in one place.
verdict "libraries are known in one place" "$(sources | xargs awk '
	BEGIN {
		home["curl/"] = "core/net/"
		home["openssl/"] = "core/net/ core/base/hash.c"
		home["sqlite3.h"] = "core/store/"
		home["csv.h"] = "import/"
		home["jansson.h"] = "core/admin/ core/net/oauth tui/cli/"
		home["libxml/"] = "core/admin/"
		home["ldap.h"] = "core/admin/ldap"
		home["ncurses"] = home["curses.h"] = home["term.h"] = "tui/term/term_curses.c"
	}
	/^#include </ {
		split($0, q, /[<>]/)
		for (lib in home) {
			if (index(q[2], lib) != 1)
				continue
			n = split(home[lib], w, " "); good = 0
			for (i = 1; i <= n; i++)
				good += index(FILENAME, w[i]) == 1
			if (!good)
				printf "  %s:%d: <%s> belongs to %s\n", FILENAME, FNR, q[2], home[lib]
		}
	}')"

rooms=() missing=''
for r in base net mail store admin work import tui; do
	[ -e "$BUILD/lib$r.a" ] || missing+="  no lib$r.a in $BUILD: run make first"$'\n'
	[ $r = tui ] || rooms+=("$BUILD/lib$r.a")
done
all=("${rooms[@]}" "$BUILD/libtui.a")
verdict "the libraries are built" "$missing"
if [ -z "$missing" ]; then
	# Unsafe ones nowhere; ending or printing only in tui. Compilers rename some (__sprintf_chk, __isoc99_sscanf).
	unsafe='(str|stp)(cpy|cat)|v?sprintf|gets|ato[ifl]|atoll|strtok|tmpnam|mktemp|system|popen|alloca|s?rand'
	ending='exit|_exit|_Exit|quick_exit|abort|__assert_fail|v?printf|puts|putchar|perror|err|errx|warn|warnx'
	undefined() { # names, libraries...
		local names=$1
		shift
		nm -A -u "$@" 2> /dev/null | awk -v names="^(__)?($names)(_chk)?(@.*)?$" '$NF ~ names { print "  " $1 " uses " $NF }'
	}
	verdict "no unsafe function anywhere" "$(undefined "$unsafe" "${all[@]}")"
	verdict "core and import neither print, exit nor abort" "$(undefined "$ending" "${rooms[@]}")"
	verdict "libtui.a links without ncurses" "$(undefined 'stdscr|initscr|newterm|w?addn?str|wrefresh|doupdate|endwin|getch|wgetch' "$BUILD/libtui.a")"

	# A linker takes the first of two functions of one name from libraries, without a word.
	verdict "no name is defined twice" "$(nm -g --defined-only "${all[@]}" 2> /dev/null | awk '
		$2 ~ /^[TDRB]$/ && $3 !~ /^__(odr_)?asan/ && seen[$3]++ == 1 { print "  " $3 }')"

	# Writable data: nothing but what is listed here, each with its reason. Constant tables of pointers live in
	# .data.rel.ro and do not count; __odr_asan is the sanitizer's.
	# term_signal_state: what a signal handler needs to give the terminal back.
	allowed='^term_signal_state$'
	verdict "no writable globals" "$(objdump -t "${all[@]}" 2> /dev/null | awk -v ok="$allowed" '
		/^[^ ]+\.o: +file format/ { file = $1 }
		$0 ~ / O \.(t?bss|t?data|common)/ && $0 !~ /\.data\.rel\.ro/ && $NF !~ /^__odr_asan|^__asan|^__tsan/ && $NF !~ ok {
			print "  " file " " $NF
		}
		$0 ~ / O \*COM\*/ { print "  " file " " $NF }')"
fi

# Every header says what it needs.
compile_alone() {
	printf '#include "%s"\n' "$1" | "$CC" -std=c17 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -fsyntax-only -x c - 2>&1 | head -n 3
}
export -f compile_alone
export CC
verdict "every header compiles alone" "$(find core import tui -name '*.h' | sort | xargs -P "$(nproc)" -I '{}' bash -c 'compile_alone {}')"

finish
