#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# load.sh - fill a mailbox of a server that dovecot.sh has started.
#
#   load.sh SERVER USER folder FOLDER MAILGEN-OPTION...   mail into one folder (UTF-8 name, the server's separator)
#   load.sh SERVER USER tree [SEED]                       many folders with odd names, flags, keywords, drafts
#   load.sh SERVER USER corpus                            the real messages of ../shared/mail, a folder for each of its
#                                                         directories; where that is not there, generated ones
#
# $BUILD says where mailgen is.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dovecot=$here/../servers/dovecot.sh
mailgen=${BUILD:-$here/../../build}/tests/corpus/mailgen
shared=$here/../../../shared/mail
[ $# -ge 3 ] || { sed -n '5,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
server=$1 user=$2 what=$3
shift 3
separator=$(sed -n 's/^ separator = //p' "$server/dovecot.conf" | head -n 1)
prefix=$(sed -n 's/^ prefix = //p' "$server/dovecot.conf" | head -n 1)

# mailgen writes a Maildir; a staging user imports it, and one copy takes it where it belongs, whatever the
# folder is called and however the server stores it.
fill() { # FOLDER MAILGEN-OPTION...
	local folder=$1 stage name
	shift
	stage=$(mktemp -d "$server/home/stage-XXXXXX")
	name=$(basename "$stage")
	"$mailgen" --maildir "$stage/in" --owner "$user@example.net" "$@"
	[ "$(id -u)" != 0 ] || chown -R nobody "$stage"
	"$dovecot" folder "$server" "$user" "$folder"
	"$dovecot" adm "$server" import -u "$name" "maildir:$stage/in" '' all
	"$dovecot" adm "$server" copy -u "$user" "$folder" user "$name" mailbox INBOX all
	rm -rf "$stage"
}
at() { # levels... -> the folder's name with this server's prefix and separator
	local IFS=$separator
	printf '%s%s' "$prefix" "$*"
}

tree() {
	local seed=${1:-1}
	fill INBOX --seed "$seed" --count 40
	fill "$(at Sent)" --seed $((seed + 1)) --count 12
	fill "$(at Drafts)" --seed $((seed + 2)) --count 2 --drafts
	fill "$(at Trash)" --seed $((seed + 3)) --count 3
	fill "$(at Projects 2024 Q1 'Smith & Sons')" --seed $((seed + 4)) --count 5
	fill "$(at Entwürfe 'Käse & Brot')" --seed $((seed + 5)) --count 4
	fill "$(at 日本語 受信)" --seed $((seed + 6)) --count 3
	fill "$(at 'two  blanks' 'R&D-')" --seed $((seed + 7)) --count 3
	fill "$(at 'q"uote' 'per%cent' 'star')" --seed $((seed + 8)) --count 2
	fill "$(at deep a b c d e f g h i)" --seed $((seed + 9)) --count 1
	"$dovecot" folder "$server" "$user" "$(at Empty)" "$(at Projects)"
	"$dovecot" adm "$server" mailbox unsubscribe -u "$user" "$(at Trash)" "$(at deep a b c d e f g h i)"
}

corpus() {
	local dir seed=100
	if [ ! -d "$shared" ]; then
		echo "$shared is not there: generated mail serves as the corpus"
		for dir in plain attachment; do fill "$(at corpus $dir)" --seed $((seed++)) --count 50; done
		return
	fi
	for dir in "$shared"/*/; do
		fill "$(at corpus "$(basename "$dir")")" --seed $((seed++)) "$dir"*
	done
	echo "$(find "$shared" -mindepth 2 -type f | wc -l) real messages of $shared loaded"
}

case $what in
folder) fill "$@" ;;
tree) tree "$@" ;;
corpus) corpus ;;
*) echo "load.sh: unknown: $what" >&2; exit 2 ;;
esac
