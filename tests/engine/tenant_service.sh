#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_service.sh - health, announcements, feeds and the SLA estimate are what the tenant says: HTML as text, unread first,
# incidents added up once; and what cannot be read is said, with the old list left as it was.
# run.sh: timeout=120
set -u
USERS=10
. "$(dirname "$0")/../servers/tenant_project.sh"

first() { mailvan service announcements --limit 1 --json 2> /dev/null | jq -r ".rows[0].$1"; }
text_of() { mailvan service show "$1" --json | jq -r .body; }
unread() { mailvan service announcements --filter unread --json 2> /dev/null | jq .total; }

# -- health
same "health before it is read" 0 "$(code service health)"
holds "says so" said "--refresh does"
same "health is read" 0 "$(code service health --refresh)"
holds "with the state of each service" grep -qE '^Exchange Online +serviceDegradation' "$place/out"
holds "also of those without issues" grep -qE '^SharePoint Online +serviceOperational' "$place/out"
sql "SELECT id || '|' || (doc->>'\$.service') || '|' || (doc->>'\$.status') || '|' || CASE doc->>'\$.isResolved' WHEN 1 THEN 'true' ELSE 'false' END FROM issue" |
	LC_ALL=C sort > "$place/want"
mailvan service health --json 2> /dev/null | jq -r '.rows[] | "\(.id)|\(.service)|\(.status)|\(.resolved)"' | LC_ALL=C sort > "$place/have"
same_files "every issue" "$place/want" "$place/have"
same "open ones" "$(sql "SELECT count(*) FROM issue WHERE NOT doc->>'\$.isResolved'")" "$(mailvan service health --filter open --json 2> /dev/null | jq .total)"
same "an issue in full" "Users may see late mail.||2026-11-20T06:30:00Z|User impact: late mail & retries.|More at 10 UTC." "$(text_of EX100001 | paste -sd'|')"

# -- announcements
same "announcements are read" 0 "$(code service announcements --refresh)"
all=$(sql 'SELECT count(*) FROM message')
same "all pages of them" "$all" "$(mailvan service announcements --json 2> /dev/null | jq .total)"
same "requests are those of the golden files" 0 "$(golden service-health service-issues service-messages > "$place/golden"; echo $?)"
same "HTML is text" "What happens||From 31 December 2026 on — see here (https://contoso.test/mc1).||Cloud | When|World&wide | December||- Look at your printers|- Tell them" \
	"$(text_of MC900001 | sed 's/\xc2\xa0/ /g' | paste -sd'|')"
same "entities" "Grüße über 100 GB <jetzt> – fertig" "$(text_of MC900002)"
same "no escape reaches the terminal" 0 "$(mailvan service show MC900003 | grep -c $'\033')"
same "those that were shown are read" $((all - 3)) "$(unread)"
newest=$(first id)
same "the newest is first" "$(sql "SELECT id FROM message ORDER BY doc->>'\$.lastModifiedDateTime' DESC LIMIT 1")" "$newest"
mailvan service show "$newest" > /dev/null
holds "once read it is behind the unread" test "$(first id)" != "$newest"
same "which stand before" true "$(first unread)"
last() { mailvan service announcements --json 2> /dev/null | jq -r "[.rows[].unread] | index(false)"; }
same "all of them" $((all - 4)) "$(last)"
same "read again" 0 "$(code service announcements --refresh)"
same "they stay read" $((all - 4)) "$(unread)"
sql "UPDATE message SET doc = json_set(doc, '\$.lastModifiedDateTime', '2026-11-23T01:00:00Z') WHERE id = '$newest'"
same "and one that has changed" 0 "$(code service announcements --refresh)"
same "is unread, and first" "$newest true" "$(first id) $(first unread)"
same "what nobody announced" 2 "$(code service show MC000000)"

# -- what goes wrong leaves the list as it was
play '{"match":"GET /v1.0/admin/serviceAnnouncement/messages*","times":1,"status":403,"body":{"error":{"code":"UnknownError","message":"{\"Message\":\"denied\"}"}}}'
same "a missing role" 1 "$(code service announcements --refresh)"
same "leaves the list" "$all" "$(mailvan service announcements --json 2> /dev/null | jq .total)"
play '{"match":"GET /v1.0/admin/serviceAnnouncement/messages*","times":1,"status":429,"headers":{"Retry-After":"1"}}'
same "a throttle is waited for" 0 "$(code service announcements --refresh)"

# -- SLA: what the reference's rules give, counted by hand
minutes() { mailvan service sla --month "$1" --json | jq -r '"\(.incidents) \(.incident_minutes) \(.minutes) \(.credit_percent) \(.estimate)"'; }
same "October: one incident of 3.5 hours" "1 210 44640 25 true" "$(minutes 2026-10)"
same "a month that health does not reach back to" 2 "$(code service sla --month 2026-09)"
holds "says so" said "reaches back to 2026-10"
same "a month that has not begun" 2 "$(code service sla --month 2999-01)"
same "the promise" 99.9 "$(mailvan service sla --month 2026-10 --json | jq .promised)"
sql "UPDATE issue SET doc = json_set(doc, '\$.endDateTime', '2026-11-20T07:00:00Z', '\$.isResolved', json('true')) WHERE id = 'EX100001'"
mailvan service health --refresh > /dev/null 2>&1
same "November: 30, 135 and 45 minutes" "3 210 43200 25 true" "$(minutes 2026-11)"
same "an advisory of another service does not count" 0 "$(mailvan service sla --month 2026-11 | grep -c Teams)"
holds "an estimate" grep -q "An estimate" <(mailvan service sla)
same "a month that is none" 2 "$(code service sla --month 2026-13)"

# -- feeds
same "no feed yet" 0 "$(code service feed list)"
holds "says so" said "No feed is followed"
same "https only" 2 "$(code service feed add "http://127.0.0.1/feeds/rss.xml")"
same "a certificate that nobody vouches for" 1 "$(code service feed add "$U/feeds/rss.xml")"
holds "is named" said "certificate is not trusted"
same "in one sentence" 0 "$(grep -c ': :' "$place/err")"
same "the feed stays in the list" 0 "$(code service feed list)"
holds "as never read" grep -qE 'never read, cannot be read: ' "$place/out"
same "it is removed" 0 "$(code service feed remove "$U/feeds/rss.xml")"
same "with a CA it is read" 0 "$(code service feed add "$U/feeds/rss.xml" --ca "$D/ca.pem")"
same "twice is once" 2 "$(code service feed add "$U/feeds/rss.xml" --ca "$D/ca.pem")"
same "Atom too" 0 "$(code service feed add "$U/feeds/atom.xml" --ca "$D/ca.pem")"
entry() { mailvan service feed --json 2> /dev/null | jq -r ".rows[] | select(.guid == \"$1\") | .$2"; }
same "entries of both" "5" "$(mailvan service feed --json 2> /dev/null | jq .total)"
same "a description without its script" "Mail from outside arrives late." "$(entry n-3 body)"
same "a title with an ampersand" "Exchange & Outlook: mail is late" "$(entry n-3 title)"
same "a time with an offset" "2026-11-16T17:00:00Z" "$(entry n-2 published)"
same "Atom's table" "from | 2026-12-31" "$(entry urn:contoso:roadmap:2 body)"
same "Atom's title" "IMAP: TLS 1.2 only" "$(entry urn:contoso:roadmap:2 title)"
same "without a guid it is known by its link" "Without a guid" "$(entry https://status.contoso.test/n-1 title)"
same "an entry in full" 0 "$(code service show n-3)"
same "is read then" false "$(entry n-3 unread)"
same "read again" 0 "$(code service feed --refresh)"
same "nothing comes twice" "5 false" "$(mailvan service feed --json 2> /dev/null | jq .total) $(entry n-3 unread)"
same "a feed that is not there" 1 "$(code service feed add "$U/feeds/none.xml" --ca "$D/ca.pem")"
holds "says why" said "could not be read: "
same "does not stop the others" 0 "$(code service feed --refresh)"
holds "is named with its fault" test -n "$(mailvan service feed list --json | jq -r '.feeds[] | select(.url | endswith("none.xml")) | .error // empty')"
finish
