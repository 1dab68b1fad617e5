/* SPDX-License-Identifier: MIT
 *
 * alarms.c - a source that hides mail says "OK" to everything. What it shows is judged when all is copied: each
 * suspicion has a name, says what it probably is and what to do, and stops nothing. correctness.md 2 and 8.7.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/work/reasons.h"
#include "core/work/sync.h"

#define FAR_MIN 1000	 /* UIDs between the last message and UIDNEXT */
#define GONE_MIN 5	 /* one or two are somebody deleting mail */
#define EMPTY_PERCENT 10 /* of a folder ... */
#define EMPTY_MIN 5	 /* ... and at least so many */

bool alarms_round(uint32_t exists) {
	static const uint32_t limits[] = { 1000, 2000, 5000, 10000, 20000, 50000, 100000 };
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (exists == limits[i])
			return true;
	return false;
}

static bool host_ends(const struct endpoint *ep, const char *end) {
	size_t n = strlen(ep->host), k = strlen(end);
	return n >= k && strcasecmp(ep->host + n - k, end) == 0 && (n == k || ep->host[n - k - 1] == '.');
}

bool alarms_yahoo(const struct endpoint *ep) {
	static const char *const hosts[] = { "yahoo.com",     "yahoo.net", "yahoodns.net", "aol.com",
					     "att.yahoo.com", "att.net",   "yahoo.co.jp",  "ymail.com" };
	if (strncasecmp(ep->host, "export.", 7) == 0)
		return false; /* shows everything */
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		if (host_ends(ep, hosts[i]))
			return true;
	return false;
}

struct judge {
	struct run *r;
	bool imap, yahoo;
};

#define NUMBER(n) (unsigned long long)(n)

static bool judge_size(struct judge *j, const struct folder_facts *f, struct err *e) {
	const struct delta_listing *l = &f->listing;
	if (j->yahoo && l->exists >= YAHOO_SHOWS)
		return sync_note(
			j->r, f->id, "yahoo-limit", e,
			"The folder shows %u messages. Yahoo and AOL show only about the newest 10,000 of a folder, so "
			"older ones are probably missing: read from export.imap.mail.yahoo.com instead, or have the "
			"owner move older mail into other folders",
			l->exists);
	if (!alarms_round(l->exists))
		return true;
	return sync_note(
		j->r, f->id, "round-count", e,
		"The folder shows exactly %u messages, which looks like a limit and not like a mailbox. Gmail has "
		"\"Limit IMAP folders\" (Settings, Forwarding and POP/IMAP), Exchange and others have the like: "
		"take the limit off and migrate again",
		l->exists);
}

static bool judge_listing(struct judge *j, const struct folder_facts *f, struct err *e) {
	const struct delta_listing *l = &f->listing;
	if (l->whole && l->listed < l->exists &&
	    !sync_note(j->r, f->id, "not-listed", e,
		       "The source counts %u messages and lists %u. The others may be damaged there: have the mailbox "
		       "repaired (Exchange: New-MailboxRepairRequest), then migrate again",
		       l->exists, l->listed))
		return false;
	if (l->status_known && l->status_uidnext && l->status_uidnext == l->uidnext &&
	    l->status_messages != l->exists &&
	    !sync_note(j->r, f->id, "count-differs", e,
		       "STATUS counts %u messages, the opened folder %u, and nothing has arrived between. The "
		       "server's index is probably damaged: have it rebuilt, then migrate again",
		       l->status_messages, l->exists))
		return false;
	if (l->exists == 0 || l->max_uid == 0 || l->uidnext <= l->max_uid)
		return true;
	uint32_t beyond = l->uidnext - 1 - l->max_uid;
	return beyond < FAR_MIN || beyond < l->exists ||
	       sync_note(
		       j->r, f->id, "uidnext-far", e,
		       "The last message has UID %u, the next one would get %u: the %u newest were deleted, or are not "
		       "shown. Compare with what the owner sees",
		       l->max_uid, l->uidnext, beyond);
}

static bool judge_bodies(struct judge *j, const struct folder_facts *f, struct err *e) {
	if (f->reasons[FACT_WITHHELD] &&
	    !sync_note(
		    j->r, f->id, "not-delivered", e,
		    "%llu messages are listed but were not delivered, or an error text came in their place. Have the "
		    "mailbox repaired at the source, then 'mailvan retry'",
		    NUMBER(f->reasons[FACT_WITHHELD])))
		return false;
	if (f->reasons[FACT_GONE] >= GONE_MIN && !sync_note(j->r, f->id, "omitted", e,
							    "%llu messages were listed, and left out when they were "
							    "asked for. They were deleted meanwhile, or the "
							    "server cannot read them: compare with what the owner sees",
							    NUMBER(f->reasons[FACT_GONE])))
		return false;
	uint64_t empty = f->reasons[FACT_EMPTY];
	return empty < EMPTY_MIN || empty * 100 < f->source * EMPTY_PERCENT ||
	       sync_note(j->r, f->id, "empty-bodies", e,
			 "%llu of %llu messages came without any text. A server that has lost its message files looks "
			 "like this: look at them at the source, have the mailbox repaired, then 'mailvan retry'",
			 NUMBER(empty), NUMBER(f->source));
}

static bool judge_folder(void *arg, const struct folder_facts *f, struct err *e) {
	struct judge *j = arg;
	if (f->known && j->imap && (!judge_size(j, f, e) || !judge_listing(j, f, e)))
		return false;
	return judge_bodies(j, f, e);
}

static bool judge_pop3(struct run *r, struct err *e) {
	if (strncasecmp(r->src_ep.login, "recent:", 7) == 0)
		return sync_note(r, 0, "pop3-recent", e,
				 "The login begins with \"recent:\", so Gmail shows only the last 30 days. Leave the "
				 "word out, or read by IMAP, to get everything");
	return sync_note(
		r, 0, "pop3-inbox-only", e,
		"POP3 shows the inbox only: other folders, flags and labels of the source are not seen. Read by "
		"IMAP if the source has it");
}

bool alarms_judge(struct run *r, struct err *e) {
	static const char *const withheld[] = { REASON_NOT_DELIVERED, REASON_PLACEHOLDER, REASON_HANGS_UP, NULL };
	static const char *const gone[] = { REASON_GONE, NULL };
	static const char *const empty[] = { REASON_EMPTY, REASON_EMPTY_TEXT, NULL };
	static const char *const *const begins[FACT_REASONS] = { withheld, gone, empty };
	struct judge j = { r, r->src_ep.proto == PROTO_IMAP, alarms_yahoo(&r->src_ep) };
	return (j.imap || judge_pop3(r, e)) && mailbox_facts(r->store, r->lease.mailbox, begins, judge_folder, &j, e) &&
	       alarms_replace(r->store, &r->lease, r->notes, r->note_count,
			      r->target_listed ? NULL : TARGET_FOLDER_GONE, e);
}
