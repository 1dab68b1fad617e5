#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# e2e_delta.sh - later passes between real servers: flags that are followed, copies that go after their messages, and a
# worker that is killed while it removes them.
# run.sh: timeout=300
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S" --special-use Sent=Sent,Drafts=Drafts,Trash=Trash
server "$T" --role target --special-use Sent=Sent,Drafts=Drafts,Trash=Trash
adm() { "$dovecot" adm "$@"; } # SERVER DOVEADM...
"$load" "$S" anna folder INBOX --seed 1 --count 60
"$load" "$S" anna folder Work --seed 2 --count 30
"$load" "$S" bob folder INBOX --seed 3 --count 120
{ echo "$header"; row anna; } > "$place/list.csv"
holds "a list" add_list "$place/list.csv"
holds "everything moves" mailvan migrate --all --wait
content() { holdings "$1" "$2" | messages_only | awk -F '\t' -v f="${3:-}" 'f == "" || $1 == f { print $1 "\t" $4 }' | LC_ALL=C sort; }
flags() { holdings "$1" "$2" | messages_only | cut -f 1,2,4 | LC_ALL=C sort; }

# --- flags
adm "$S" flags add -u anna '\Flagged $Later' mailbox INBOX uid 1:10
adm "$S" flags remove -u anna '\Seen' mailbox INBOX all
adm "$S" flags add -u anna '\Answered' mailbox Work uid 3
holds "a pass without the option" mailvan migrate anna@old.example --wait
verdict "it changes no flag" "$(flags "$T" anna | grep -F '$Later')"
holds "a pass with --sync-flags" mailvan migrate anna@old.example --wait --sync-flags
flags "$S" anna > "$place/flags.s"
flags "$T" anna > "$place/flags.t"
same_files "the flags are those of the source" "$place/flags.s" "$place/flags.t"
same "the option is stored, and shown" true "$(mailvan status --json | jq .sync.flags)"
# The owner at the target: one message read, one keyword of his own.
adm "$T" flags add -u anna '\Seen $Own' mailbox INBOX uid 1
adm "$S" flags add -u anna '\Answered' mailbox INBOX uid 1:2
holds "another pass, without saying so again" mailvan migrate anna@old.example --wait
holds "the owner's flags stay, the source's come" grep -q . <(adm "$T" fetch -u anna uid mailbox INBOX uid 1 KEYWORD '$Own' SEEN ANSWERED FLAGGED)
holds "the next message follows too" grep -q . <(adm "$T" fetch -u anna uid mailbox INBOX uid 2 ANSWERED UNSEEN)
same "nothing was copied twice" 90 "$(message_count "$T" anna)"
holds "taken back" mailvan migrate anna@old.example --wait --no-sync-flags
same "and shown" false "$(mailvan status --json | jq .sync.flags)"

# --- deletes
setting sync_deletes_wait_s 0
adm "$S" expunge -u anna mailbox INBOX uid 5:9
adm "$S" move -u anna Work mailbox INBOX uid 20
holds "a first pass with --sync-deletes trash" mailvan migrate anna@old.example --wait --sync-deletes trash
same "nothing goes yet" 60 "$(content "$T" anna INBOX | wc -l)"
same "it is announced" sync-deletes "$(figure anna '.warnings[0].name')"
holds "a second pass" mailvan migrate anna@old.example --wait
same_files "the inbox is that of the source" <(content "$S" anna INBOX) <(content "$T" anna INBOX)
same_files "the moved message is at its new place" <(content "$S" anna Work) <(content "$T" anna Work)
same "six copies are in the Trash" 6 "$(content "$T" anna Trash | wc -l)"
same "they count as vanished" 6 "$(figure anna .messages.vanished)"
same "no warning is left" 0 "$(figure anna '.warnings | length')"
holds "the report names who asked" grep -q -- '--sync-deletes, asked for by' <(mailvan report anna@old.example)
holds "the identity holds" identity_holds
mailvan report anna@old.example > "$place/report"
same "the verdict does not call them not copied" "85 of 91 messages are at the target. 6 were copied, and their copies removed on request (--sync-deletes)." \
	"$(head -n 1 "$place/report")"
same "they do not lower the figure" "100.0 % of all messages that are known and were not removed on request are at the target." \
	"$(grep ' % of all' "$place/report")"
holds "and so does its row" grep -q '^ *1 *anna@old.example .* 85/91 *100.0 %' <(mailvan status anna@old.example)
holds "and the sum tells them" grep -q '85 of 91 messages are at the target, 6 copies removed on request, ' <(mailvan status anna@old.example)
same "the heading of the list says what is so" "  Not at the target:" "$(grep -B 1 -m 1 '^  - removed: ' "$place/report" | head -n 1)"
same "nor does the list" 6 "$(grep -c '^  - removed: ' "$place/report")"
mailvan verify anna@old.example --json > "$place/verified"
same "nor verify" 6 "$(jq '[.mailboxes[].differences[] | select(.text | startswith("Deleted at the source after it was copied"))] | length' "$place/verified")"

# --- a folder that is renamed at the source, with one below it
"$load" "$S" anna folder Work.Deep --seed 6 --count 12
holds "one more folder" mailvan migrate anna@old.example --wait
adm "$S" mailbox rename -u anna Work Projects
"$load" "$S" anna folder Projects --seed 7 --count 3
holds "a pass after it was renamed" mailvan migrate anna@old.example --wait
for f in Projects Projects/Deep; do
	same_files "$f is at the target once" <(content "$S" anna $f) <(content "$T" anna $f)
done
verdict "and not under its old name" "$(content "$T" anna | grep '^Work')"
same "which is not announced as lost" 0 "$(figure anna '.warnings | length')"
holds "the identity holds" identity_holds

# --- two that swap names
for f in Here Elsewhere; do "$load" "$S" anna folder $f --seed 1${#f} --count 7; done
holds "two more" mailvan migrate anna@old.example --wait
adm "$S" mailbox rename -u anna Here Third
adm "$S" mailbox rename -u anna Elsewhere Here
adm "$S" mailbox rename -u anna Third Elsewhere
"$load" "$S" anna folder Here --seed 9 --count 2
holds "a pass after they swapped names" mailvan migrate anna@old.example --wait
for f in Here Elsewhere; do
	same_files "$f is at the target once" <(content "$S" anna $f) <(content "$T" anna $f)
done
same "nothing is announced" 0 "$(figure anna '.warnings | length')"

# --- folders that the owner deletes and renames at the target
for f in Loose Kept; do "$load" "$S" anna folder $f --seed ${#f} --count 9; done
holds "two more folders" mailvan migrate anna@old.example --wait
adm "$T" mailbox delete -u anna Loose
adm "$T" mailbox rename -u anna Kept Mine
"$load" "$S" anna folder Kept --seed 8 --count 2
holds "a pass after that" mailvan migrate anna@old.example --wait
same_files "the renamed folder is followed" <(content "$S" anna Kept | cut -f 2) <(content "$T" anna Mine | cut -f 2)
verdict "and not made again" "$(content "$T" anna Kept)"
same "both are told" "target-folder-gone target-folder-renamed" \
	"$(mailvan report --json anna@old.example | jq -r '[.mailboxes[].warnings[].name] | sort | join(" ")')"
same "verify misses what is gone" 1 "$(mailvan verify anna@old.example --refill > "$place/missed"; echo $?)"
same "message by message" 9 "$(grep -c 'its folder is not at the target' "$place/missed")"
verdict "the report does not say all" "$(mailvan report anna@old.example | sed -n 1p | grep "^All")"
holds "the next pass" mailvan migrate anna@old.example --wait
same_files "makes it again" <(content "$S" anna Loose) <(content "$T" anna Loose)
same "and nothing else" "$(message_count "$S" anna)" "$(($(message_count "$T" anna) - 6))" # those in the Trash
holds "verify agrees" mailvan verify --level 1 anna@old.example
holds "the identity holds" identity_holds

# --- killed in the middle of a removal, from a target that is far enough away to be met there
start_proxy --delay 60 "$(port "$T" IMAPS_PORT)"
mailvan target set --server "imaps://127.0.0.1:$proxy_port" --ca "$CA" > /dev/null 2>&1
{ echo "$header"; row bob; } > "$place/bob.csv"
holds "another mailbox" mailvan add "$place/bob.csv" --source-ca "$CA"
holds "it moves" mailvan migrate bob@old.example --wait
adm "$S" expunge -u bob mailbox INBOX uid 1:40
content "$S" bob > "$place/bob.s"
holds "a pass takes note" mailvan migrate bob@old.example --wait --sync-deletes expunge
same "and removes nothing" 120 "$(message_count "$T" bob)"
begun() { [ "$(ask 'SELECT count(*) FROM removal WHERE done = 0')" != 0 ]; }
gone_there() { [ "$(committed bob)" -lt 120 ]; }
kill_when() { # CONDITION : a worker, as soon as that is so
	"$MAILVAN" --project "$P" migrate bob@old.example --wait > /dev/null 2>&1 < /dev/null &
	local pid=$! there=no
	wait_until 20 "$1" && there=yes
	kill -KILL $pid
	wait $pid 2> /dev/null
	same "a worker came to where $1" yes $there
	holds "killed, it leaves a removal begun" begun
	verdict "only what the source lacks is gone" "$(comm -23 "$place/bob.s" <(content "$T" bob))"
}
kill_when begun
holds "a pass that has the option no more" mailvan migrate bob@old.example --wait --sync-deletes off
same "takes it back: nothing is gone" 120 "$(message_count "$T" bob)"
same_files "and nothing carries a mark" <(flags "$S" bob) <(comm -12 <(flags "$S" bob) <(flags "$T" bob))
holds "the option again" mailvan migrate bob@old.example --no-worker --sync-deletes expunge
kill_when gone_there
holds "the last pass" mailvan migrate bob@old.example --wait
holds "and one more" mailvan migrate bob@old.example --wait
same_files "the target holds what the source holds" "$place/bob.s" <(content "$T" bob)
same "the others are accounted for" 40 "$(figure bob .messages.vanished)"
same "no copy is left in the middle" 0 "$(ask 'SELECT count(*) FROM removal WHERE done = 0')"
same_files "none carries a mark of ours" <(flags "$S" bob) <(flags "$T" bob)
holds "the identity holds" identity_holds
finish
