#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# check-docs.sh [--update] - the lists of commands, options and keys in the man page and in README.md are what the
# program's own tables say. --update (`make docs`) writes them. Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
. tests/tally.sh
BUILD=${BUILD:-build}
program=$BUILD/mailvan
[ -x "$program" ] || { verdict "the program is built" "  no $program: run make first"; finish; }

# A line of text, or a word of a macro line, as mdoc wants it.
mdoc='function esc(s) { gsub(/\\/, "\\e", s); if (s ~ /^[.'\'']/) s = "\\&" s
		gsub(/[.] /, ".\n", s); return s }
	function word(s) { gsub(/\\/, "\\e", s); gsub(/"/, "\\(dq", s); return "\"\\\\&" s "\"" }'
man_commands() {
	"$program" --dump-commands | awk -F '\t' "$mdoc"'
		function options(which,   i) {
			if (!(which in count)) return
			print ".Bl -tag -width Ds -compact"
			for (i = 1; i <= count[which]; i++) {
				print ".It Fl " substr(name[which, i], 2) (arg[which, i] != "" ? " Ar " word(arg[which, i]) : "")
				print esc(help[which, i]) "."
			}
			print ".El"
		}
		function verbs(which,   i) {
			if (!(which in verb_count)) return
			print ".Bl -tag -width Ds -compact"
			for (i = 1; i <= verb_count[which]; i++) {
				print ".It Ic " verb[which, i] (verb_args[which, i] != "" ? " Ar " word(verb_args[which, i]) : "")
				print esc(verb_help[which, i]) "."
			}
			print ".El"
		}
		$1 == "verb" {
			split($2, words, " ")
			i = ++verb_count[words[1]]
			verb[words[1], i] = (words[2] != "" ? words[2] " " : "") $3
			verb_args[words[1], i] = $4; verb_help[words[1], i] = $5
		}
		$1 == "command" { order[++n] = $2; args[$2] = $3; summary[$2] = $4 }
		$1 == "option" { i = ++count[$2]; name[$2, i] = $3; arg[$2, i] = $4; help[$2, i] = $5 }
		END {
			print ".Bl -tag -width Ds"
			for (k = 1; k <= n; k++) {
				print ".It Ic " order[k] (args[order[k]] != "" ? " Ar " word(args[order[k]]) : "")
				s = summary[order[k]]
				print esc(toupper(substr(s, 1, 1)) substr(s, 2)) "."
				verbs(order[k])
				options(order[k])
			}
			print ".El"
			print ".Pp"
			print "Options of every command:"
			options("*")
		}'
}
man_keys() {
	"$program" --dump-actions | awk -F '\t' "$mdoc"'
		BEGIN { print ".Bl -tag -width Ds" }
		$1 == "action" { print ".It Ic " word($3) " Pq " word($6); print esc($7) }
		END { print ".El" }'
}
readme_commands() {
	"$program" --dump-commands | awk -F '\t' '
		BEGIN { print "| `mailvan ...` | |"; print "| --- | --- |" }
		$1 == "command" { gsub(/\|/, "\\|", $3); print "| `" $2 ($3 != "" ? " " $3 : "") "` | " $4 " |" }'
}

with() { # FILE NAME GENERATOR : FILE with what is between "begin NAME" and "end NAME" replaced
	awk -v name="$2" -v new="$("$3" | sed 's/\\/\\\\/g')" '
		$0 ~ "end " name "( |$)" { skip = 0 }
		!skip { print }
		$0 ~ "begin " name "( |$)" { print new; skip = 1; found = 1 }
		END { exit !found }' "$1"
}
both=$(mktemp -d)
trap 'rm -rf "$both"' EXIT
with tui/mailvan.1 commands man_commands > "$both/1" && with "$both/1" keys man_keys > "$both/mailvan.1" || failed=1
with README.md commands readme_commands > "$both/README.md" || failed=1
[ "$failed" = 0 ] || { echo "the markers are gone from tui/mailvan.1 or README.md"; finish; }
if [ "${1-}" = --update ]; then
	cat "$both/mailvan.1" > tui/mailvan.1
	cat "$both/README.md" > README.md
fi
same_files "man page: commands and keys (make docs writes them)" "$both/mailvan.1" tui/mailvan.1
same_files "README.md: commands (make docs writes them)" "$both/README.md" README.md
same "man page: a row of its own for each action" "$("$program" --dump-actions | grep -c '^action')" \
	"$(sed -n '/begin keys/,/end keys/p' tui/mailvan.1 | grep -cE '^\.It Ic ".*" Pq ".*"$')"
verdict "the dumps are not empty" "$([ "$(grep -c '^\.It' "$both/mailvan.1")" -gt 60 ] || echo "  too few rows")"
# An administrator grants what README says; what the program asks for must stand there.
missing_rights() {
	sed -n '/^static const struct/,/^};/p' core/admin/graph/graph_errors.c core/admin/exchange_check.c |
		grep -oE '[A-Z][A-Za-z-]*[.][A-Za-z.]*(All|AsApp|Manage)\b' | sort -u | while read -r right; do
		[ "$right" = Directory.ReadWrite.All ] || grep -qF "\`$right\`" README.md || echo "  $right"
	done
}
verdict "README.md names every right that the program may need" "$(missing_rights)"
if command -v mandoc > /dev/null; then
	verdict "mandoc finds nothing wrong with the man page" "$(mandoc -T lint -W warning tui/mailvan.1)"
fi
finish
