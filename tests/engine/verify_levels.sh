#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# verify_levels.sh - what each level of verify finds, names and does not claim: a copy that is gone, a byte of a body,
# a flag, a duplicate, drafts with equal headers, a target without UIDPLUS; refill, and what the report keeps of it.
# run.sh: timeout=300
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S"
server "$T" --role target --format maildir --sep /
"$load" "$S" anna folder INBOX --seed 1 --count 60
"$load" "$S" anna folder Projects --seed 2 --count 30
"$load" "$S" bob folder INBOX --seed 3 --count 40
# Nine drafts: equal headers, bodies of equal size.
for n in 1 2 3 4 5 6 7 8 9; do
	printf 'From: dora@old.example\r\nSubject: draft\r\nDate: Tue, 3 Mar 2026 10:00:00 +0000\r\n\r\nbody number %d\r\n' $n > "$place/d$n"
done
"$dovecot" load "$S" dora Drafts -f D "$place"/d[1-9]
"$load" "$S" carla folder INBOX --seed 5 --count 15
{
	echo "$header"
	row anna
	row bob
	row dora
	row carla "pop3s://127.0.0.1:$(port "$S" POP3S_PORT)"
} > "$place/list.csv"
code() { mailvan "$@" > "$place/out" 2> "$place/err"; echo $?; }
said() { grep -qF -- "$1" "$place/out" "$place/err" || { cat "$place/out" "$place/err"; return 1; }; }
json() { jq -r "$1" "$place/out"; }
gaps() { json '[.mailboxes[].differences[] | select(.gap) | .kind] | sort | join(" ")'; }
both_sides() { for u in anna bob dora carla; do holdings "$S" $u; holdings "$T" $u; done; }
doveadm_file() { # USER FOLDER UID : the file of one message at the target
	local guid
	guid=$("$dovecot" adm "$T" fetch -u "$1" guid mailbox "$2" uid "$3" | sed -n 's/^guid: //p')
	find "$T/home/$1" -type f -path '*/cur/*' -name "$guid*" | head -n 1
}

holds "the list is stored" add_list "$place/list.csv"
holds "everything moves" mailvan migrate --all --wait
all=$(total .messages.copied)
both_sides > "$place/before"

# -- nothing is wrong: every level says so, none says more than it has seen
same "nothing verified yet" "" "$(ask 'SELECT level FROM verification')"
for level in 0 1 2 3 4; do
	same "level $level finds nothing" 0 "$(code verify --level $level --json)"
	same "level $level is stored for every mailbox" "$level 4" "$(ask 'SELECT min(level), count(*) FROM verification WHERE level = '$level | tr '|' ' ')"
	same "level $level: verified from 2 on" "$([ $level -ge 2 ] && echo 4 || echo 0)" "$(json .verified)"
	same "level $level: copies that were looked at" "$([ $level -ge 1 ] && echo "$all" || echo 0)" "$(json .checked)"
done
same "level 4 has read every body" "$all" "$(json .bodies)"
same "--bodies 5" 0 "$(code verify --bodies 5 --seed 7 --json)"
# Beside the five of each mailbox: the largest of each folder, which chance may have taken too.
same "reads 5 of each mailbox, and the largest of each folder" true "$(json '[.mailboxes[].bodies] | (add >= 20 and add <= 25)')"
same "level 3, seed kept" "3 7" "$(ask 'SELECT DISTINCT level, seed FROM verification' | tr '|' ' ')"
same "--bodies all is level 4" 0 "$(code verify --bodies all anna@old.example)"
holds "in words" said "header, date, flags and body of every copy read back"
same "level 1 in words" 0 "$(code verify --level 1 anna@old.example)"
holds "claims nothing" said "Nothing is verified by that."
verdict "and says verified nowhere else" "$(grep -i 'verified' "$place/out" | grep -v 'Nothing is verified by that')"
both_sides > "$place/after"
same_files "verify changes nothing at either side" "$place/before" "$place/after"
for bad in "--level 5" "--bodies 0" "--bodies many" "--level 2 --bodies all" "--level 0 --refill"; do
	# shellcheck disable=SC2086 # words
	same "$bad is refused" 2 "$(code verify $bad)"
done

# -- a byte of a body: only the body levels see it
file=$(doveadm_file bob INBOX 9)
verdict "the file of the copy is found" "$([ -s "$file" ] || echo "  $file")"
# The last byte before the line end, size kept.
size=$(stat -c %s "$file")
printf '#' | dd of="$file" bs=1 seek=$((size - 3)) conv=notrunc status=none
"$dovecot" adm "$T" fetch -u bob text mailbox INBOX uid 9 > /dev/null
same "level 2 does not see a changed body" 0 "$(code verify --level 2 bob@old.example)"
same "level 4 does" 1 "$(code verify --level 4 bob@old.example --json)"
same "just that one" BodyDiffers "$(gaps)"
same "and names it" true "$(json '.mailboxes[0].differences[0] | .folder == "INBOX" and .target_uid == 9 and
	(.subject | length > 0) and (.from | length > 0) and (.message_id | length > 0) and (.date | length > 0) and
	.size > 0 and (.remedy | length > 0)')"

# -- a flag, a copy that is gone, new mail, a duplicate: each named, each once
"$dovecot" adm "$T" flags add -u anna '\Answered' mailbox INBOX uid 5 > /dev/null
answered=$("$dovecot" adm "$S" fetch -u anna flags mailbox INBOX uid 5 | grep -c Answered)
"$dovecot" adm "$T" expunge -u anna mailbox Projects uid 3 > /dev/null
"$dovecot" adm "$T" copy -u anna INBOX mailbox INBOX uid 7 > /dev/null
"$load" "$S" anna folder Projects --seed 60 --count 1
same "level 0 sees numbers" 1 "$(code verify --level 0 anna@old.example --json)"
same "too few at the target, too many at the source" "CountDiffers CountDiffers" "$(gaps)"
same "level 1 sees what is gone and what is new" 1 "$(code verify --level 1 anna@old.example --json)"
same "and nothing else" "Missing NewAtSource" "$(gaps)"
same "level 2" 1 "$(code verify anna@old.example --json)"
same "sees all of it" "Duplicate Missing NewAtSource" "$(gaps)"
same "and what its owner has flagged, which is none" "$([ "$answered" = 0 ] && echo "INBOX 5")" \
	"$(json '.mailboxes[0].differences[] | select(.kind == "FlagsChanged") | "\(.folder) \(.target_uid)"')"
same "the missing one by name" "true Projects 3" "$(json '.mailboxes[0].differences[] | select(.kind == "Missing") |
	"\((.subject | length > 0) and (.message_id | startswith("<"))) \(.folder) \(.target_uid)"')"
same "what differs is kept for the report" "$(json '.mailboxes[0].gaps')" \
	"$(ask "SELECT count(*) FROM difference d JOIN mailbox m ON m.id = d.mailbox WHERE m.source LIKE 'anna%'")"

# -- refill: by resolve, so that nothing comes twice
before=$(message_count "$T" anna)
same "verify --refill" 1 "$(code verify anna@old.example --refill)"
holds "says what it did" said "copied again where gone, by the next 'mailvan migrate'"
same "the mailbox is not called Synced any more" SyncedWithGaps "$(figure anna .state)"
holds "the identity holds" identity_holds
holds "migrate fills the gap" mailvan migrate anna@old.example --wait
same "the lost one and the new one came, nothing else" $((before + 2)) "$(message_count "$T" anna)"
# One that is gone at the target, and then at the source too: it was copied, and nothing may say it was not.
"$dovecot" adm "$T" expunge -u anna mailbox Projects uid 2 > /dev/null
same "one more is missed" 1 "$(code verify anna@old.example --refill)"
"$dovecot" adm "$S" expunge -u anna mailbox Projects uid 2 > /dev/null
holds "its source has gone meanwhile" mailvan migrate anna@old.example --wait
mailvan report anna@old.example > "$place/out"
holds "it is named" said "Vanished: Gone from the source, and no copy of it was found at the target"
verdict "and not called one that was never copied" "$(grep -i 'before it was copied' "$place/out")"
# The operator does what the remedy of a duplicate says.
copy=$("$dovecot" adm "$T" fetch -u anna uid mailbox INBOX | sed -n 's/^uid: //p' | sort -n | tail -n 1)
"$dovecot" adm "$T" expunge -u anna mailbox INBOX uid "$copy" > /dev/null
"$dovecot" adm "$T" flags remove -u anna '\Answered' mailbox INBOX uid 5 > /dev/null
[ "$answered" = 0 ] || "$dovecot" adm "$T" flags add -u anna '\Answered' mailbox INBOX uid 5 > /dev/null
same "all is well again, to the last byte" 0 "$(code verify --level 4 anna@old.example)"
# What is at the target after all is found there, never sent again.
sqlite3 -cmd '.timeout 5000' "$P/project.db" "UPDATE msg SET dst_uid = dst_uid + 100000, fp = zeroblob(length(fp))
	WHERE state = 3 AND uid = 4 AND folder IN (SELECT f.id FROM folder f JOIN mailbox m ON m.id = f.mailbox
	WHERE m.source LIKE 'anna%' AND f.src_display = 'Projects')"
before=$(message_count "$T" anna)
same "a ledger that knows a wrong UID and no header" 1 "$(code verify --level 1 --refill anna@old.example)"
holds "is set right by migrate" mailvan migrate anna@old.example --wait
same "without a second copy" "$before" "$(message_count "$T" anna)"
same "and verify agrees" 0 "$(code verify --level 4 anna@old.example)"

# -- drafts with equal headers whose UIDs nobody knows: paired crosswise by header, told apart by body
sqlite3 -cmd '.timeout 5000' "$P/project.db" "UPDATE msg SET dst_uid = 0, state = 2 WHERE state = 3 AND folder IN
	(SELECT f.id FROM folder f JOIN mailbox m ON m.id = f.mailbox WHERE m.source LIKE 'dora%')"
# Half of them in another order, so that header and order alone pair the wrong ones.
"$dovecot" adm "$T" copy -u dora Drafts mailbox Drafts uid 1:4 > /dev/null
"$dovecot" adm "$T" expunge -u dora mailbox Drafts uid 1:4 > /dev/null
for level in 1 2 4; do
	same "no UIDs, level $level: no false alarm" 0 "$(code verify --level $level dora@old.example)"
done
file=$(doveadm_file dora Drafts 7)
size=$(stat -c %s "$file")
printf '#' | dd of="$file" bs=1 seek=$((size - 3)) conv=notrunc status=none
same "a changed draft among equals" 1 "$(code verify --level 4 dora@old.example --json)"
same "is found, and no other is suspected" BodyDiffers "$(gaps)"

# -- by POP3 too
"$dovecot" adm "$T" expunge -u carla mailbox INBOX uid 2 > /dev/null
same "POP3: a copy that is gone" 1 "$(code verify carla@old.example --json)"
same "is named from the maildrop" "Missing true" "$(json '.mailboxes[0].differences[] | select(.gap) | "\(.kind) \(.subject | length > 0)"')"

# -- a folder that is gone from the source: its copies are looked at all the same
"$dovecot" adm "$S" mailbox delete -u anna Projects > /dev/null
same "a folder gone from the source is no gap" 0 "$(code verify anna@old.example --json)"
same "its copies are checked" 30 "$(json '.mailboxes[0].folders[] | select(.source == "Projects") | .checked')"

# -- what the users of both sides do is no gap, and one line for a folder; --json names each
"$dovecot" adm "$S" expunge -u bob mailbox INBOX uid 1:5 > /dev/null
"$dovecot" adm "$T" flags add -u bob '\Draft' mailbox INBOX uid 11:30 > /dev/null
same "a mailbox that is used has no gaps" 0 "$(code verify bob@old.example)"
holds "what is gone from the source" said "  GoneFromSource  INBOX: 5 messages copied, and no longer at the source; --json names each"
holds "what was flagged" said "  FlagsChanged  INBOX: 20 messages with flags that are not those that were stored; --json names each"
same "and no more lines" 2 "$(grep -c 'GoneFromSource\|FlagsChanged' "$place/out")"
same "--json" 0 "$(code verify bob@old.example --json)"
same "names all" "FlagsChanged 20 GoneFromSource 5" "$(json '[.mailboxes[0].differences | group_by(.kind)[] | "\(.[0].kind) \(length)"] | join(" ")')"

# -- a date that the target does not keep
"$dovecot" load "$S" erik INBOX -d '12-Mar-2090 10:00:00 +0000' "$place/d1"
{ echo "$header"; row erik; } > "$place/erik.csv"
{ printf 'Subject: '; head -c 70000 /dev/zero | tr '\0' y; printf '\r\nFrom: a@b\r\n\r\nbody\r\n'; } > "$place/long"
"$dovecot" load "$S" erik INBOX "$place/long" "$place/d2"
holds "a message from the future" add_list "$place/erik.csv"
holds "moves" mailvan migrate erik@old.example --wait
same "its date is no gap" 0 "$(code verify erik@old.example --json)"
same "but is told" "DateNotKept false" "$(json '.mailboxes[0].differences[] | "\(.kind) \(.gap)"')"

# -- a header field beyond 64 KiB: a ledger of an earlier version has another fingerprint of it, the body says the rest
stale() { # UID : its fingerprint is not what this version takes
	sqlite3 -cmd '.timeout 5000' "$P/project.db" "UPDATE msg SET fp = CAST(x'0102030405060708' || substr(fp, 9) AS BLOB)
		WHERE uid = $1 AND folder IN (SELECT f.id FROM folder f JOIN mailbox m ON m.id = f.mailbox WHERE m.source LIKE 'erik%')"
}
stale 2
for level in 2 3 4; do
	same "level $level: not different by a fingerprint of less" 0 "$(code verify --level $level erik@old.example)"
done
stale 3
same "one of a short header is" 1 "$(code verify erik@old.example --json)"
same "and it alone" "HeaderDiffers 3" "$(json '.mailboxes[0].differences[] | select(.gap) | "\(.kind) \(.uid)"')"
file=$(doveadm_file erik INBOX 2)
size=$(stat -c %s "$file")
printf '#' | dd of="$file" bs=1 seek=$((size - 3)) conv=notrunc status=none
same "the long one too when its bytes are others" 1 "$(code verify erik@old.example --json)"
same "by name" "HeaderDiffers 2 HeaderDiffers 3" "$(json '[.mailboxes[0].differences[] | select(.gap) | "\(.kind) \(.uid)"] | sort | join(" ")')"
mailvan remove erik@old.example --yes > /dev/null

# -- filed by its owner, who works in the new mailbox already
"$load" "$S" fred folder INBOX --seed 61 --count 5
{ echo "$header"; row fred; } > "$place/fred.csv"
holds "a mailbox that is in use" add_list "$place/fred.csv"
holds "moved" mailvan migrate fred@old.example --wait
"$dovecot" adm "$T" mailbox create -u fred Own
"$dovecot" adm "$T" move -u fred Own mailbox INBOX uid 2
for level in 1 2 4; do
	same "level $level: filed is not missing" 0 "$(code verify --level $level fred@old.example --json)"
	same "level $level: it says where" "MovedAtTarget false INBOX 2 true" "$(json '.mailboxes[0].differences[] |
		"\(.kind) \(.gap) \(.folder) \(.uid) \(.text | endswith("but in Own"))"')"
done
code verify fred@old.example > /dev/null
holds "in words too" said "  MovedAtTarget  INBOX: 1 message in another folder of the target by now; --json names each"
same "nothing to refill" 0 "$(code verify --refill fred@old.example)"
mailvan remove fred@old.example --yes > /dev/null

# -- stopped: what was found until then is said and kept
start_proxy --delay 30000 "$(port "$S" IMAPS_PORT)"
{ echo "$header"; row slow "imaps://127.0.0.1:$proxy_port"; } > "$place/slow.csv"
holds "a mailbox at the end of a very slow line" add_list "$place/slow.csv"
"$MAILVAN" --project "$P" verify --level 4 --jobs 1 bob@old.example slow@old.example > "$place/stopped" 2>&1 < /dev/null &
verify=$!
holds "the first one is done" wait_until 20 grep -q '^bob@old.example' "$place/stopped"
kill -TERM $verify
wait $verify
same "stopped" 3 $?
holds "what was found is there" grep -q 'BodyDiffers' "$place/stopped"
same "nothing is said of the other" "" "$(grep '^slow' "$place/stopped")"
mailvan remove slow@old.example --yes > /dev/null
mailvan remove carla@old.example --yes > /dev/null
same "what verify kept goes with the mailbox" 3 "$(ask 'SELECT count(*) FROM verification')"
same "a mailbox that cannot be opened" 1 "$("$dovecot" stop "$S" > /dev/null; code verify bob@old.example --json)"
same "is not verified" "false false Net" "$(json '.mailboxes[0] | "\(.complete) \(.verified) \(.error_category)"')"
same "and its last good look stands" "4 1" "$(ask "SELECT v.level, v.gaps FROM verification v JOIN mailbox m ON m.id = v.mailbox WHERE m.source LIKE 'bob%'" | tr '|' ' ')"
finish
