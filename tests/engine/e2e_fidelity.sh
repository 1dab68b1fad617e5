#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# e2e_fidelity.sh - what arrives is what was there: bytes, flags, keywords, dates, folders, subscriptions; by
# IMAPS, STARTTLS and POP3; into an empty, a partly filled and an up-to-date target.
# run.sh: timeout=600
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S" --special-use Sent=Sent,Drafts=Drafts,Trash=Trash
server "$T" --role target --special-use Gesendet=Sent,Drafts=Drafts,Papierkorb=Trash
"$load" "$S" anna tree 1
"$load" "$S" anna corpus
"$load" "$S" bob tree 20
"$load" "$S" carla folder INBOX --seed 40 --count 60
"$load" "$S" partly folder INBOX --seed 50 --count 80 --drafts
"$load" "$T" partly folder INBOX --seed 50 --count 80 --drafts
# Half of it was there before, and two of somebody else's messages.
"$dovecot" adm "$T" expunge -u partly mailbox INBOX uid '1:41'
"$load" "$T" partly folder INBOX --seed 51 --count 2
holdings "$T" partly | messages_only > "$place/partly.before"

{
	echo "$header"
	row anna
	row bob "imap://127.0.0.1:$(port "$S" IMAP_PORT)"
	row carla "pop3s://127.0.0.1:$(port "$S" POP3S_PORT)"
	row partly
} > "$place/list.csv"
holds "a clean list is stored" add_list "$place/list.csv"
holds "everything moves" mailvan migrate --all --wait
for u in anna bob carla partly; do same "$u is Synced" Synced "$(figure $u .state)"; done
holds "the identity holds" identity_holds

# Special-use folders go by attribute; all other names stay.
translated() { sed -e 's/^Sent\t/Gesendet\t/' -e 's/^Trash\t/Papierkorb\t/'; }
for u in anna bob; do
	holdings "$S" $u | messages_only | translated | LC_ALL=C sort > "$place/$u.s"
	holdings "$T" $u | messages_only > "$place/$u.t"
	same_files "$u: every message, byte for byte, with flags, keywords and date ($(wc -l < "$place/$u.s"))" \
		"$place/$u.s" "$place/$u.t"
	verdict "$u: every folder is there, empty ones too" "$(comm -23 \
		<(holdings "$S" $u | translated | cut -f 1 | LC_ALL=C sort -u) \
		<(holdings "$T" $u | cut -f 1 | LC_ALL=C sort -u))"
	subscriptions() { "$dovecot" adm "$1" mailbox list -s -u $u | tr . / | LC_ALL=C sort; }
	subscriptions "$S" | sed -e 's/^Sent$/Gesendet/' -e 's/^Trash$/Papierkorb/' | LC_ALL=C sort > "$place/subs.s"
	# The target's own special-use folders are subscribed by the server.
	subscriptions "$T" | grep -vxE 'Gesendet|Papierkorb|Drafts' > "$place/subs.t"
	same_files "$u: subscriptions" <(grep -vxE 'Gesendet|Papierkorb|Drafts' "$place/subs.s") "$place/subs.t"
done
verdict "no body ran as a command" "$(for u in anna bob carla; do holdings "$T" $u | grep -i injected; done)"

inbox_without_flags() { # POP3 has one folder and no flags
	holdings "$@" | messages_only | cut -f 1,3,4 | LC_ALL=C sort
}
inbox_without_flags "$S" carla > "$place/carla.s"
inbox_without_flags "$T" carla > "$place/carla.t"
same_files "POP3: byte for byte, with the date of the topmost Received" "$place/carla.s" "$place/carla.t"

holdings "$S" partly | messages_only > "$place/partly.s"
holdings "$T" partly | messages_only > "$place/partly.t"
LC_ALL=C sort "$place/partly.s" <(comm -23 "$place/partly.before" "$place/partly.s") \
	> "$place/partly.want"
same_files "a target that holds some gets only the rest; what else it holds stays" "$place/partly.want" "$place/partly.t"
same "they are counted as adopted" "$(comm -12 "$place/partly.s" "$place/partly.before" | wc -l)" \
	"$(figure partly .messages.adopted)"
verdict "true duplicates stay" "$([ "$(cut -f 4 "$place/anna.s" | sort | uniq -d | wc -l)" -gt 0 ] ||
	echo "  the generated mail holds no duplicates: the test proves nothing")"

before=$(total .messages.copied)
for u in anna bob carla partly; do holdings "$T" $u; done > "$place/all.before"
holds "a second run" mailvan migrate --all --wait
same "it copies nothing" "$before" "$(total .messages.copied)"
for u in anna bob carla partly; do holdings "$T" $u; done > "$place/all.after"
same_files "and changes nothing" "$place/all.before" "$place/all.after"

"$load" "$S" anna folder INBOX --seed 70 --count 7
"$load" "$S" carla folder INBOX --seed 71 --count 5
holds "new mail has come; a third run" mailvan migrate --all --wait
same "only that is copied" $((before + 12)) "$(total .messages.copied)"
holdings "$S" anna | messages_only | translated | LC_ALL=C sort > "$place/anna.s"
same_files "and all is there" "$place/anna.s" <(holdings "$T" anna | messages_only)
same_files "by POP3 too" <(inbox_without_flags "$S" carla) <(inbox_without_flags "$T" carla)
holds "verify finds no difference" mailvan verify --all

# A POP3 server that was moved calls its messages by other names.
echo 'pop3_uidl_format = moved-%u' >> "$S/dovecot.conf"
"$dovecot" adm "$S" reload
"$load" "$S" carla folder INBOX --seed 72 --count 3
before=$(figure carla .messages.source)
holds "the POP3 server has other UIDLs; a run" mailvan migrate carla@old.example --wait
same "nothing but the new mail is copied" 3 "$(figure carla .messages.copied)"
same "the rest is found at the target" "$before" "$(figure carla .messages.adopted)"
same_files "and all is there once" <(inbox_without_flags "$S" carla) <(inbox_without_flags "$T" carla)
holds "the operator is told" grep -q 'names its messages anew' <(mailvan report carla@old.example)
holds "a run without change" mailvan migrate carla@old.example --wait
same "copies nothing" 3 "$(figure carla .messages.copied)"
holds "verify agrees" mailvan verify carla@old.example
holds "the identity holds" identity_holds
finish
