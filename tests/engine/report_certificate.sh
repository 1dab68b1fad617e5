#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# report_certificate.sh - the certificate in every format: hostile mail stays text, every gap is named with its remedy,
# weak connections are told, nothing is claimed that is not known; an empty project; more mailboxes than folders are
# listed for.
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S"
server "$T" --role target
mail() { # SUBJECT NUMBER
	printf 'From: "<b>Eve</b>" <eve@x.example>\r\nTo: anna@old.example\r\nSubject: %s\r\nDate: Tue, 3 Mar 2026 10:00:0%d +0000\r\nMessage-ID: <m%d&"@x.example>\r\n\r\nbody %d\r\n' "$1" "$2" "$2" "$2" > "$place/m$2"
}
mail '<script>alert(1)</script>' 1
mail "=cmd|' /C calc'!A0" 2
mail '@SUM(1+1)*cmd' 3
mail 'plain & simple' 4
mail 'refused' 5
mail "\"><img src=x onerror=alert(1)> '" 6
"$dovecot" load "$S" anna INBOX "$place"/m[1-6]
"$load" "$S" bob folder INBOX --seed 1 --count 5
code() { mailvan "$@" > "$place/out" 2> "$place/err"; echo $?; }
said() { grep -qF -- "$1" "$place/out" "$place/err" || { head -n 40 "$place/out" "$place/err"; return 1; }; }
json() { jq -r "$1" "$place/out"; }
xml() { xmllint --noout "$1" 2>&1 | head -n 5; }
if ! command -v xmllint > /dev/null; then
	# Every tag closed and every & a reference, as far as a script can see.
	xml() { sed 's/<style>.*<\/style>//' "$1" | grep -nP '&(?!(amp|lt|gt|quot|#39);)|<(?!/?(html|head|meta|title|style|body|h[1-3]|p|section|table|thead|tbody|tfoot|tr|t[hd]|span|ol|li|br|footer|!DOCTYPE)\b)' | head -n 5; }
fi

{ echo "$header"; row anna; row bob; } > "$place/list.csv"
mailvan target set --server "$(imaps "$T")" --ca "$CA" > /dev/null 2>&1
holds "the list is stored" add_list "$place/list.csv"
for format in --text --html --csv --json; do
	same "a project without a run, $format" 0 "$(code report $format)"
	cp "$place/out" "$place/empty$format"
done
same "its verdict" "No messages are known yet. 2 mailboxes have not finished: there may be more in them." "$(head -n 1 "$place/empty--text")"
verdict "its page is well-formed" "$(xml "$place/empty--html")"
holds "and says so" grep -qF 'Nothing migrated yet' "$place/empty--html"

holds "everything moves" mailvan migrate --all --wait
same "the page of a good run" 0 "$(code report --html --output "$place/good.html")"
holds "is called complete" grep -qF 'Complete, not verified' "$place/good.html"
same "bob alone, verified" 0 "$(code verify bob@old.example)"
mailvan report bob@old.example --html > "$place/bob.html"
holds "is called verified" grep -qF 'Complete and verified' "$place/bob.html"
same "on the whole it is not" "" "$(mailvan report --html | grep -F 'Complete and verified')"

# One message refused (as the ledger keeps it), two lost at the target, and what verify says of them.
inbox="(SELECT f.id FROM folder f JOIN mailbox m ON m.id = f.mailbox WHERE m.source LIKE 'anna%')"
sqlite3 -cmd '.timeout 5000' "$P/project.db" "
	UPDATE endpoint SET insecure = 1 WHERE side = 0 AND mailbox = (SELECT id FROM mailbox WHERE source LIKE 'anna%');
	INSERT INTO reason(cat, text) VALUES('TooLarge', 'The message has <many> bytes & more');
	UPDATE msg SET state = 7, dst_uid = 0 WHERE uid = 5 AND folder = $inbox;
	INSERT INTO failure(folder, uid, reason, subject, sender, date, message_id) VALUES($inbox, 5,
		(SELECT max(id) FROM reason), '<script>refused</script>', '=HYPERLINK(\"x\")', 'Tue, 3 Mar 2026', '<m5@x.example>');
	UPDATE folder SET n_copied = n_copied - 1, n_failed = 1 WHERE id = $inbox;
	UPDATE mailbox SET n_copied = n_copied - 1, n_failed = 1, state = 7 WHERE source LIKE 'anna%'"
for uid in 1 2 6; do "$dovecot" adm "$T" expunge -u anna mailbox INBOX uid $uid > /dev/null; done
same "verify finds what is lost" 1 "$(code verify anna@old.example)"

same "text" 0 "$(code report)"
same "the verdict" "7 of 11 messages are at the target. 1 is not there: 1 failed. 3 were copied, but missing there when they were looked for." "$(head -n 1 "$place/out")"
sum="$(grep -o '7 of 11 messages are at the target, 3 copies missing when verify looked, ' "$place/out")"
verdict "the sum below it says the same" "$([ -n "$sum" ] || grep ' messages are at' "$place/out")"
same "and so does status" "$sum" "$(mailvan status | grep -o '[0-9]* of [0-9]* messages are at the target, .*looked, ')"
same "never rounded up" "63.6 % of all messages that are known are at the target." "$(grep ' % of all' "$place/out")"
for part in "failed: INBOX UID 5" '"<script>refused</script>"' "<m5@x.example>" "Tue, 3 Mar 2026" "TooLarge: The message has" \
	"Remedy: Raise the target's message size limit" "  - Missing: INBOX UID 1" "<m2&\"@x.example>" "WEAK CONNECTION to the source"; do
	holds "text has $part" said "$part"
done
same "gaps come before the tables" true "$(awk '/^  Not at the target:/ { gaps = NR } /^  Folder/ { if (!table) table = NR } END { print (gaps && gaps < table) ? "true" : "false" }' "$place/out")"

same "html to a file" 0 "$(code report --html --output "$place/report.html")"
same "for its owner only" 600 "$(stat -c %a "$place/report.html")"
verdict "well-formed" "$(xml "$place/report.html")"
verdict "no foreign text is markup" "$(grep -oiE '<(script|img|b|iframe|object|embed|link|form|a|svg)\b[^>]*>' "$place/report.html")"
verdict "it loads nothing from elsewhere" "$(grep -oiE '(src|href|url)[ ]*[=(][^ >]*' "$place/report.html" | grep -v '^src=x$')"
holds "the hostile subject is there, as text" grep -qF '&lt;script&gt;alert(1)&lt;/script&gt;' "$place/report.html"
for part in 'class="bad">Weak connection to the source' 'Raise the target&#39;s message size limit' '&lt;m5@x.example&gt;' \
	'Needs attention' '@media print' 'Found by verification on'; do
	holds "html has $part" grep -qF -- "$part" "$place/report.html"
done

same "csv" 0 "$(code report --csv)"
verdict "no field is a formula" "$(grep -nE "(^|,)\"?[=+@	-]" "$place/out")"
holds "the subject is disarmed" said "\"'=cmd|' /C calc'!A0\""
same "as many fields in every row" 30 "$(sed -E 's/"([^"]|"")*"/x/g' "$place/out" | awk -F , '{ print NF }' | sort -u)"
same "a record for each difference" 3 "$(grep -c '^"difference",' "$place/out")"
mailvan report --csv --output "$place/report.csv"
same "a file has the mark that Excel wants" efbbbf "$(head -c 3 "$place/report.csv" | od -An -tx1 | tr -d ' ')"

same "json" 0 "$(code report --json)"
same "one document" 1 "$(jq -s length "$place/out")"
same "every gap named" "3 1" "$(json '"\([.mailboxes[].differences[]?] | length) \([.mailboxes[].failures[]?] | length)"')"
same "with all that names it" true "$(json '[.mailboxes[].failures[]?, .mailboxes[].differences[]?] | all(
	.folder and .date and .from and .subject and .message_id and (.size > 0) and .text and .remedy)')"
same "byte for byte" "<script>alert(1)</script>" "$(json '.mailboxes[0].differences[] | select(.uid == 1) | .subject')"
same "how deep and how good" "2 3 Needs attention" "$(json '"\(.mailboxes[0].verification.level) \(.mailboxes[0].verification.missing) \(.summary.grade)"')"
same "the identity of each folder" true "$(json '[.mailboxes[].folders[].identity_holds, .totals.identity_holds] | all')"

# More mailboxes than anybody wants to read the folders of.
sqlite3 -cmd '.timeout 5000' "$P/project.db" "
	INSERT INTO mailbox(state, ever_run, source, target, identity, n_source, n_copied)
		SELECT 6, 1, 'user' || value || '@old.example', 'user' || value || '@new.example', randomblob(16), 3, 3
		FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 1500) SELECT value FROM n);
	INSERT INTO folder(mailbox, src_wire, src_display, dst_wire, dst_display, n_source, n_copied)
		SELECT id, 'INBOX', 'INBOX', 'INBOX', 'INBOX', 3, 3 FROM mailbox WHERE source LIKE 'user%'"
same "1,502 mailboxes" 0 "$(code report --html)"
holds "says that folders are left out" said "Folders are listed for the mailboxes that need attention"
same "every mailbox has its sum" 1502 "$(grep -c '<td class="sum">Mailbox</td>' "$place/out")"
same "the folders of the one that needs a look" 1 "$(grep -c '^<tr><td>INBOX</td>' "$place/out")"
verdict "well-formed too" "$(xml "$place/out")"
same "csv has them all" 1502 "$(mailvan report --csv | grep -c '^"folder",')"

# A folder with a long name, and more removed copies than anybody wants to read the names of (as --sync-deletes keeps
# them).
inbox=${inbox/anna/bob}
long=$(printf '%0.sx' {1..240})
sqlite3 -cmd '.timeout 5000' "$P/project.db" "
	UPDATE folder SET src_display = '$long/source', dst_display = '$long/target' WHERE id = $inbox;
	INSERT INTO msg(folder, uid, state, flags, keywords, zone, batch, dst_uid, fp)
		SELECT $inbox, value, 8, 0, 0, 0, 0, 0, zeroblob(24)
		FROM (WITH RECURSIVE n(value) AS (SELECT 1001 UNION ALL SELECT value + 1 FROM n WHERE value < 1103) SELECT value FROM n);
	INSERT INTO removal(folder, uid, dst_uid, done, at, how, who, subject, sender, date, message_id)
		SELECT folder, uid, uid, 1, 1800000000000, 'moved to the Trash', 'somebody', 'gone', '', '', '' FROM msg
		WHERE folder = $inbox AND uid > 1000;
	INSERT INTO reason(cat, text) VALUES('', 'Deleted at the source after it was copied; its copy was moved to the Trash');
	INSERT INTO failure(folder, uid, reason, subject, sender, date)
		SELECT folder, uid, (SELECT max(id) FROM reason), subject, sender, date FROM removal;
	UPDATE folder SET n_source = n_source + 103, n_vanished = n_vanished + 103 WHERE id = $inbox;
	UPDATE mailbox SET n_source = n_source + 103, n_vanished = n_vanished + 103 WHERE source LIKE 'bob%'"
same "103 removed copies" 0 "$(code report bob@old.example)"
same "100 are named" 100 "$(grep -c '^  - removed: ' "$place/out")"
holds "and 3 counted" said "and 3 more whose copies were removed on request"
same "csv names each" 103 "$(mailvan report bob@old.example --csv | grep -c '"removed"')"
holds "a long name is cut in its middle" grep -q '^  xx*\.\.\.xx*/source  xx*\.\.\.xx*/target  ' "$place/out"
same "and makes no line of the table long" "" "$(sed -n '/^  Folder/,$p' "$place/out" | grep '.\{210\}')"
same "json has it whole" "$long/source $long/target" "$(mailvan report bob@old.example --json | jq -r '.mailboxes[].folders[] | "\(.source) \(.target)"')"
finish
