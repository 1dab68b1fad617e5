/* SPDX-License-Identifier: MIT
 *
 * handlers_feeds.c - RSS and Atom feeds: which ones are followed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/rows.h"
#include "tui/model/handlers.h"
#include "tui/model/task_plan.h"
#include "tui/view/dialogs.h"

enum { FEED_URL, FEED_CA };
static const struct field feed_fields[] = {
	[FEED_URL] = { "Address", "https://status.example/rss. RSS 2.0 or Atom.", FIELD_TEXT, NULL },
	[FEED_CA] = { "CA file", "Certificates to trust for it. Empty: the system's.", FIELD_PATH, NULL },
};

static bool feed_accept(struct console *c, struct form *f, struct err *e) {
	const char *const refresh[] = { record_feed.refresh };
	char ca[EDIT_MAX * 2];
	edit_path(ca, sizeof ca, form_text(f, FEED_CA));
	if (!*form_text(f, FEED_URL))
		return err_set(e, ERR_INPUT, "Type the address of the feed");
	if (!feed_add(c->store, form_text(f, FEED_URL), ca, e))
		return false;
	refresh_start(c, 0, refresh, 1, record_feed.title);
	return true;
}

void do_feed_add(struct console *c, const char *arg) {
	static const struct form_spec spec = { .title = "Follow a feed",
					       .intro = "It is read at once, and with F5 from then on.",
					       .ok = "Follow",
					       .fields = feed_fields,
					       .count = sizeof feed_fields / sizeof *feed_fields,
					       .accept = feed_accept };
	struct form *f = dialog_form(c, &spec, NULL);
	if (f)
		form_set(f, FEED_URL, arg);
}

#define FEEDS_SHOWN 60

struct feeds {
	struct {
		char url[FEED_URL_MAX], item[120];
	} list[FEEDS_SHOWN];
	size_t n;
};

static bool take_feed(void *arg, const struct feed_row *f) {
	struct feeds *all = arg;
	text_copy(all->list[all->n].url, FEED_URL_MAX, f->url);
	snprintf(all->list[all->n].item, sizeof all->list[0].item, "%.40s%s%.60s", f->title,
		 f->error[0] ? ": "
		 : f->read   ? ""
			     : ", not read yet",
		 f->error);
	return ++all->n < FEEDS_SHOWN;
}

static void remove_accepted(struct console *c, void *data) {
	struct err e;
	bool ok = feed_remove(c->store, data, &e);
	free(data);
	if (!ok) {
		console_complain(c, &e);
		return;
	}
	console_refresh(c);
	console_note(c, "The feed is not followed any more");
}

struct finding {
	const char *url;
	struct feed_row row;
};

static bool find_feed(void *arg, const struct feed_row *f) {
	struct finding *x = arg;
	if (strcmp(f->url, x->url) != 0)
		return true;
	x->row = *f;
	return false;
}

static void ask_about(struct console *c, const char *url) {
	struct finding x = { .url = url };
	char text[1600], clean[600], when[40] = "Never read.", *copy = NULL;
	struct err e;
	bool ok = feeds_each(c->store, find_feed, &x, &e) && ((copy = strdup(url)) != NULL || err_nomem(&e));
	if (!ok) {
		console_complain(c, &e);
		return;
	}
	if (x.row.read) {
		text_copy(when, sizeof when, "Read ");
		clock_text(when + strlen(when), sizeof when - strlen(when), x.row.read);
	}
	text_sanitise(clean, sizeof clean, url, strlen(url));
	snprintf(text, sizeof text, "%s\n%s\n%s%s%s\n\nStop following it? Its entries go too.", x.row.title, clean,
		 when, x.row.error[0] ? "\nIt cannot be read: " : "", x.row.error);
	dialog_ask(c, &(struct question){ .title = "Feed",
					  .text = text,
					  .yes = "Remove",
					  .no = "Keep",
					  .accept = remove_accepted,
					  .release = free,
					  .data = copy });
}

static void pick_feed(struct console *c, const struct feeds *all) {
	const char *items[FEEDS_SHOWN], *urls[FEEDS_SHOWN];
	for (size_t i = 0; i < all->n; i++) {
		items[i] = all->list[i].item;
		urls[i] = all->list[i].url;
	}
	dialog_pick(c, &(struct pick){ .title = "Feeds that are followed",
				       .items = items,
				       .values = urls,
				       .count = all->n,
				       .chosen = ask_about });
}

void do_feed_remove(struct console *c, const char *arg) {
	struct feeds *all = calloc(1, sizeof *all);
	struct err e;
	(void)arg;
	bool ok = all ? feeds_each(c->store, take_feed, all, &e) : err_nomem(&e);
	if (ok && all->n == 0)
		ok = err_set(&e, ERR_INPUT, "No feed is followed: a follows one");
	if (ok)
		pick_feed(c, all);
	else
		console_complain(c, &e);
	free(all);
}
