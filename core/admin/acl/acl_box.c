/* SPDX-License-Identifier: MIT
 *
 * acl_box.c - see acl_box.h.
 */
#include "core/admin/acl/acl_box.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/mail/imap/folder.h"
#include "core/store/mailboxes.h"

struct find {
	const char *name;
	int64_t id;
};

static bool is_it(void *arg, const struct mailbox_row *row) {
	struct find *f = arg;
	if (!text_ieq(row->target, f->name) && !text_ieq(row->source, f->name))
		return true;
	f->id = row->id;
	return false;
}

static bool find_mailbox(struct store *s, const char *name, int64_t *id, struct err *e) {
	struct find f = { .name = name };
	struct mailbox_query q = { .filter = { .text = name }, .limit = INT64_MAX };
	char clean[300];
	if (!mailboxes_list(s, &q, is_it, &f, e))
		return false;
	*id = f.id;
	text_sanitise(clean, sizeof clean, name, strlen(name));
	return f.id ||
	       err_set(e, ERR_NO_MAILBOX, "The project has no mailbox \"%s\": add it first, with its target", clean);
}

static bool add_folder(void *arg, const struct folder_info *f, struct err *e) {
	struct acl_box *b = arg;
	if (f->attrs & ATTR_NOSELECT)
		return true;
	if (b->n == ACL_FOLDERS_MAX)
		return err_set(e, ERR_SERVER_BUG, "More than %d folders", ACL_FOLDERS_MAX);
	char **more = realloc(b->wires, (b->n + 1) * sizeof *more);
	if (!more)
		return err_nomem(e);
	b->wires = more;
	b->wires[b->n] = strdup(f->wire);
	return b->wires[b->n] ? ++b->n > 0 : err_nomem(e);
}

bool acl_box_open(struct acl_box *b, const struct directory_context *ctx, const char *name, struct err *e) {
	struct endpoint source;
	int64_t id;
	*b = (struct acl_box){ .mail = { .net = ctx->net, .stop = ctx->stop } };
	endpoint_init(&b->ep);
	endpoint_init(&source);
	bool ok = find_mailbox(ctx->store, name, &id, e) && mailbox_endpoints(ctx->store, id, &source, &b->ep, e);
	endpoint_clear(&source);
	if (!ok)
		return false;
	b->open = session_open(&b->session, &b->mail, &b->ep, false, e);
	return b->open && imap_acl_there(&b->session, e) && imap_list(&b->session, false, add_folder, b, e);
}

void acl_box_close(struct acl_box *b) {
	if (b->open)
		session_close(&b->session, true);
	for (size_t i = 0; i < b->n; i++)
		free(b->wires[i]);
	free(b->wires);
	endpoint_clear(&b->ep);
	*b = (struct acl_box){ 0 };
}

struct wanted {
	const char *identifier;
	char *rights;
};

/* RFC 4314 section 2.1.1: c stands for k and x, d for e, t and x; what has the new letters need not have the old. */
static void in_order(char *dst, const char *rights) {
	static const char order[] = "lrswipkxtea0123456789";
	size_t n = 0;
	for (const char *o = order; *o; o++)
		if (strchr(rights, *o))
			dst[n++] = *o;
	dst[n] = '\0';
}

static bool on_entry(void *arg, const char *identifier, const char *rights, struct err *e) {
	struct wanted *w = arg;
	(void)e;
	if (strcmp(identifier, w->identifier) == 0)
		in_order(w->rights, rights);
	return true;
}

bool acl_box_rights(struct acl_box *b, size_t folder, const char *identifier, char rights[ACL_RIGHTS_MAX],
		    struct err *e) {
	struct wanted w = { identifier, rights };
	*rights = '\0';
	return imap_acl_get(&b->session, b->wires[folder], on_entry, &w, e);
}

bool acl_box_is_owner(const struct acl_box *b, const char *identifier) {
	return text_ieq(identifier, b->ep.user) || text_ieq(identifier, b->ep.authzid) ||
	       (!*b->ep.authzid && text_ieq(identifier, b->ep.login)) || text_ieq(identifier, "owner");
}

bool acl_is_full(const char *rights) {
	for (const char *p = ACL_FULL; *p; p++)
		if (!strchr(rights, *p))
			return false;
	return true;
}
