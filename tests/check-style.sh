#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# check-style.sh [--wrap] - the house rules that a script can see; shows the longest files and functions, so that growth
# is noticed. --wrap breaks lines that are too long (clang-format). Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
. tests/tally.sh
c_files() { find core import tui tests -name '*.[ch]' | sort; }
scripts() { find tests .ci -name '*.sh' -o -path .ci/run | sort; }

verdict "every file says its licence, its name and what it is for" "$(c_files | xargs awk '
	FNR == 1 && !/^\/\* SPDX-License-Identifier: MIT$/ { print "  " FILENAME ": first line is not the SPDX line" }
	FNR == 3 { n = split(FILENAME, w, "/"); if (index($0, " * " w[n] " - ") != 1) print "  " FILENAME ": line 3 is not \" * " w[n] " - ...\"" }
')$(scripts | xargs awk 'FNR == 1 && !/^#!\/usr\/bin\/env bash$|^#!\/bin\/(ba)?sh|^# shellcheck shell=/ { print "  " FILENAME ": line 1 does not say which shell" }')"

long_lines() { # FILE:LINE: columns
	c_files | LC_ALL=C xargs awk '{
		line = $0; col = 0
		gsub(/[\200-\277]/, "", line) # what follows the first byte of a UTF-8 sequence takes no column
		while ((t = index(line, "\t")) > 0) { col += t - 1; col += 8 - col % 8; line = substr(line, t + 1) }
		if (col + length(line) > 120) print "  " FILENAME ":" FNR ": " col + length(line) " columns"
	}'
}
# Only the lines that are too long, so that tables and what else was laid out by hand stays.
if [ "${1-}" = --wrap ]; then
	long_lines | awk -F '[ :]+' '{ lines[$2] = lines[$2] " --lines=" $3 ":" $3 } END { for (f in lines) print f lines[f] }' |
		while read -r file lines; do
			# shellcheck disable=SC2086 # a list of options
			clang-format -i $lines "$file"
		done
fi
verdict "tabs, no trailing blanks, at most 120 columns (make wrap)" "$(c_files | xargs awk '
	/[ \t]$/ { print "  " FILENAME ":" FNR ": trailing blank" }
	/^    / && !/^ \*/ { print "  " FILENAME ":" FNR ": indented by blanks" }')$(long_lines)"

verdict "nothing unfinished" "$({ c_files; scripts; } | grep -v check-style | xargs grep -nwE 'TODO|FIXME|XXX|HACK' | sed 's/^/  /')"

verdict "no unsafe call in the text" "$(c_files | xargs grep -nE \
	'(^|[^a-z_>.])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|strtok|alloca)\(' | sed 's/^/  /')"

verdict "no room for everything" "$(find core import tui tests -name '*.[ch]' |
	grep -E '/(utils?|misc|common|helpers?|stuff)[._/]' | sed 's/^/  /')"

too_long() { c_files | xargs wc -l | awk -v max="$1" '$2 != "total" && $1 > max { print "  " $2 ": " $1 " lines" }'; }
verdict "no file over 500 lines" "$(too_long 500)"

# A function opens with a line that starts in column 0 and ends in "{", and ends with "}" in column 0.
functions() {
	c_files | xargs awk '
		/^[a-z].*[^;]$/ && !/^(struct|enum|union|typedef)[^()]*$/ && !/=/ { if (!open) head = $0 }
		/^[a-z\t ].*\) \{$/ && !open && head != "" { open = FNR }
		/^\}/ { if (open) { name = head; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name); print FNR - open + 1, FILENAME ":" open, name }; open = 0; head = "" }'
}
verdict "no function over 100 lines" "$(functions | awk '$1 > 100 { print "  " $2 " " $3 ": " $1 " lines" }')"

echo "longest files:"
c_files | xargs wc -l | sort -rn | awk '$2 != "total"' | head -n 5
echo "longest functions:"
functions | sort -rn | head -n 5 | sed 's/^/  /'
finish
