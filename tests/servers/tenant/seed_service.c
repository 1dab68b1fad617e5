/* SPDX-License-Identifier: MIT
 *
 * seed_service.c - health issues and announcements to start with (G): scripts, entities and tables in their HTML.
 */
#include <stdio.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

static void issue(struct world *w, const char *id, const char *service, const char *title, const char *status,
		  const char *class, const char *from, const char *to) {
	json_t *doc = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:[{s:s, s:s, s:{s:s, s:s}}], s:[]}",
		"id", id, "service", service, "title", title, "status", status, "classification", class,
		"startDateTime", from, "lastModifiedDateTime", to ? to : "2026-11-22T10:00:00Z", "feature", "E-Mail",
		"featureGroup", "E-Mail timely delivery", "impactDescription", "Users may see late mail.", "isResolved",
		to != NULL, "origin", "microsoft", "posts", "createdDateTime", from, "postType", "regular",
		"description", "contentType", "html", "content",
		"<p>User impact: <b>late mail</b> &amp; retries.<br>More at 10&nbsp;UTC.</p>", "details");
	json_object_set_new(doc, "endDateTime", to ? json_string(to) : json_null());
	db_do(w, "INSERT INTO issue VALUES(?, ?)", "sj", id, doc);
	json_decref(doc);
}

static void message(struct world *w, int number, const char *title, const char *category, const char *severity,
		    int major, const char *act_by, const char *html) {
	char id[40], at[40];
	snprintf(id, sizeof id, "MC%06d", 900000 + number);
	snprintf(at, sizeof at, "2026-%02d-%02dT08:00:00Z", 1 + number / 28 % 11, 1 + number % 28);
	json_t *doc = json_pack(
		"{s:s, s:s, s:{s:s, s:s}, s:s, s:s, s:[s], s:[s], s:b, s:b, s:s, s:s, s:s, s:[{s:s, s:s}]}", "id", id,
		"title", title, "body", "contentType", "html", "content", html, "category", category, "severity",
		severity, "services", number % 3 ? "Exchange Online" : "Microsoft Teams", "tags", "Admin impact",
		"isMajorChange", major, "hasAttachments", 0, "startDateTime", at, "endDateTime", "2027-06-30T08:00:00Z",
		"lastModifiedDateTime", at, "details", "name", "RoadmapIds", "value", "12345");
	json_object_set_new(doc, "actionRequiredByDateTime", act_by ? json_string(act_by) : json_null());
	json_object_set_new(doc, "viewPoint",
			    number % 4 ? json_null()
				       : json_pack("{s:b, s:b, s:b}", "isRead", 1, "isArchived", 0, "isFavorited", 0));
	db_do(w, "INSERT INTO message VALUES(?, ?)", "sj", id, doc);
	json_decref(doc);
}

void seed_service(struct world *w) {
	char title[100];
	issue(w, "EX100001", "Exchange Online", "Mail from outside is late", "serviceDegradation", "incident",
	      "2026-11-20T06:30:00Z", NULL);
	issue(w, "EX100002", "Exchange Online", "Some mailboxes can't be opened", "serviceRestored", "incident",
	      "2026-11-03T07:00:00Z", "2026-11-03T09:15:00Z");
	issue(w, "EX100003", "Exchange Online", "Nobody could sign in to Outlook", "postIncidentReviewPublished",
	      "incident", "2026-10-11T22:00:00Z", "2026-10-12T01:30:00Z");
	/* Examples in the documentation are in PascalCase at times (G). */
	issue(w, "EX100004", "Exchange Online", "Mail flow was down", "ServiceInterruption", "incident",
	      "2026-11-10T10:00:00Z", "2026-11-10T10:45:00Z");
	issue(w, "TM200001", "Microsoft Teams", "Pictures do not load", "investigating", "advisory",
	      "2026-11-21T12:00:00Z", NULL);
	message(w, 1, "Basic authentication for SMTP ends", "planForChange", "high", 1, "2026-12-31T00:00:00Z",
		"<h1>What happens</h1><p>From <b>31&nbsp;December 2026</b> on &mdash; see <a "
		"href=\"https://contoso.test/mc1\">here</a>.</p>"
		"<script>alert('no')</script><style>p { color: red }</style><table><tr><th>Cloud</th><th>When</th></tr>"
		"<tr><td>World&amp;wide</td><td>December</td></tr></table><ul><li>Look at your printers</li><li>Tell "
		"them</li></ul>");
	message(w, 2,
		"Neue Postf\xC3\xA4"
		"cher sind gr\xC3\xB6\xC3\x9F"
		"er",
		"stayInformed", "normal", 0, NULL,
		"<p>Gr\xC3\xBC\xC3\x9F"
		"e &uuml;ber 100&#160;GB &lt;jetzt&gt; &#x2013; <img src=x onerror=alert(1)>fertig</p>");
	message(w, 3, "A certificate is about to expire", "preventOrFixIssue", "critical", 1, "2026-11-30T00:00:00Z",
		"<div><p>Unclosed <b>tags<p>and \x1b[31mescapes");
	for (int i = 4; i <= 250; i++) {
		snprintf(title, sizeof title, "Announcement number %d", i);
		message(w, i, title, i % 2 ? "stayInformed" : "planForChange", "normal", 0, NULL,
			"<p>Nothing to do.</p>");
	}
}
