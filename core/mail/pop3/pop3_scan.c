/* SPDX-License-Identifier: MIT
 *
 * pop3_scan.c - what is in the maildrop: STAT, LIST and UIDL.
 *
 * Lists stream: only sizes (8 bytes a message) are kept, so that a maildrop of any size fits.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/mail/pop3/pop3_session.h"

bool pop3_callback_ended(struct err *e) {
	return e->cat != ERR_NONE ? false : err_set(e, ERR_CANCELLED, "Stopped");
}

bool pop3_read_lines(struct pop3 *p, pop3_line_fn *fn, void *arg, struct err *e) {
	char *line;
	size_t n;
	for (uint32_t count = 0; count <= POP3_MESSAGES_MAX; count++) {
		if (!pop3_wait_line(&p->wire, &line, &n, e))
			return false;
		if (line[0] == '.' && n == 1)
			return true;
		size_t dot = line[0] == '.';
		err_clear(e);
		if (!fn(arg, line + dot, n - dot, e)) {
			p->wire.dead = true; /* the rest of the reply is still on the wire */
			return pop3_callback_ended(e);
		}
	}
	p->wire.dead = true;
	return err_set(e, ERR_SERVER_BUG, "The POP3 server's list does not end");
}

bool pop3_numbered(const char *line, uint32_t max, uint32_t *number, const char **rest) {
	uint64_t n = 0;
	line += strspn(line, " \t");
	const char *p = line;
	for (; *p >= '0' && *p <= '9' && n <= max; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	if (p == line || n == 0 || n > max || (*p && *p != ' ' && *p != '\t'))
		return false;
	*number = (uint32_t)n;
	*rest = p + strspn(p, " \t");
	return true;
}

static bool count_error(struct pop3 *p, const char *line, struct err *e) {
	p->wire.dead = true;
	return err_set(e, ERR_SERVER_BUG, "The POP3 server says that it has %u messages, and then: %.100s", p->exists,
		       line);
}

bool pop3_stat(struct pop3 *p, struct err *e) {
	char *line;
	bool ok;
	if (!pop3_command(&p->wire, "STAT", e) || !pop3_wait_status(&p->wire, &ok, &line, e))
		return false;
	if (!ok)
		return pop3_refused(line, ERR_SERVER_BUG, "The POP3 server refused STAT", e);
	const char *rest;
	uint32_t count = 0;
	const char *digits = line + 3 + strspn(line + 3, " \t");
	bool none = digits[0] == '0' && (digits[1] == '\0' || digits[1] == ' ' || digits[1] == '\t');
	if (!none && !pop3_numbered(digits, POP3_MESSAGES_MAX, &count, &rest))
		return err_set(e, ERR_SERVER_BUG, "The POP3 server's answer to STAT makes no sense: %.100s", line);
	free(p->sizes);
	p->sizes = NULL;
	p->exists = count;
	p->selected = true;
	return true;
}

static bool on_size(void *arg, char *line, size_t n, struct err *e) {
	struct pop3 *p = arg;
	uint32_t number;
	const char *rest;
	(void)n;
	if (!pop3_numbered(line, p->exists, &number, &rest))
		return count_error(p, line, e);
	uint64_t size = 0;
	const char *s = rest;
	for (; *s >= '0' && *s <= '9' && size < UINT64_MAX / 100; s++)
		size = size * 10 + (uint64_t)(*s - '0');
	p->sizes[number - 1] = s == rest ? 0 : size;
	return true;
}

void pop3_keep_uidl(char dst[UIDL_MAX + 1], const char *uidl) {
	size_t n = strlen(uidl);
	while (n && (uidl[n - 1] == ' ' || uidl[n - 1] == '\t'))
		n--;
	bool plain = n <= UIDL_MAX;
	for (size_t i = 0; i < n && plain; i++)
		plain = uidl[i] >= ' ' && uidl[i] <= '~';
	if (plain) {
		memcpy(dst, uidl, n);
		dst[n] = '\0';
		return;
	}
	struct hasher h;
	struct hash hash;
	hash_begin(&h);
	hash_add(&h, uidl, n);
	hash_end(&h, &hash);
	memcpy(dst, "x:", 2);
	for (size_t i = 0; i < HASH_LEN; i++) {
		dst[2 + 2 * i] = "0123456789abcdef"[hash.bytes[i] >> 4];
		dst[3 + 2 * i] = "0123456789abcdef"[hash.bytes[i] & 15];
	}
	dst[2 + 2 * HASH_LEN] = '\0';
}

struct scan_item pop3_item(const struct pop3 *p, uint32_t number, const char *uidl) {
	bool listed = p->sizes && number <= p->exists;
	return (struct scan_item){ .keywords = "",
				   .size = listed ? p->sizes[number - 1] : UINT64_MAX,
				   .uidl = uidl,
				   .number = number };
}

struct uidl_scan {
	struct pop3 *p;
	uint32_t first;
	bool *named; /* by number - 1 */
	scan_fn *fn;
	void *arg;
};

static bool on_uidl(void *arg, char *line, size_t n, struct err *e) {
	struct uidl_scan *scan = arg;
	char uidl[UIDL_MAX + 1];
	uint32_t number;
	const char *rest;
	if (!pop3_numbered(line, scan->p->exists, &number, &rest))
		return count_error(scan->p, line, e);
	/* A NUL would cut the UIDL short and make different ones equal. */
	if (strlen(line) != n)
		return err_set(e, ERR_SERVER_BUG, "The POP3 server sent a UIDL with a NUL in it: %.100s", line);
	pop3_keep_uidl(uidl, rest);
	if (!uidl[0] || scan->named[number - 1])
		return true;
	scan->named[number - 1] = true;
	if (number < scan->first)
		return true;
	struct scan_item item = pop3_item(scan->p, number, uidl);
	return scan->fn(scan->arg, &item, e);
}

static bool read_sizes(struct pop3 *p, struct err *e) {
	char *line;
	bool ok;
	uint64_t *sizes = malloc(p->exists * sizeof *sizes);
	free(p->sizes);
	p->sizes = sizes;
	if (!sizes)
		return err_nomem(e);
	memset(sizes, 0xFF, p->exists * sizeof *sizes); /* UINT64_MAX each */
	if (!pop3_wait_status(&p->wire, &ok, &line, e))
		return false;
	return ok ? pop3_read_lines(p, on_size, p, e)
		  : pop3_refused(line, ERR_SERVER_BUG, "The POP3 server refused LIST", e);
}

bool pop3_need_sizes(struct pop3 *p, struct err *e) {
	if (!p->selected && !pop3_stat(p, e))
		return false;
	return p->sizes || p->exists == 0 || (pop3_command(&p->wire, "LIST", e) && read_sizes(p, e));
}

/* Only a server that never offered UIDL may lack it. Where it fails for another reason, naming the
 * messages by their headers would make every one of them look new. */
static bool read_uidls(struct uidl_scan *scan, struct err *e) {
	struct pop3 *p = scan->p;
	char *line;
	bool ok;
	if (!pop3_wait_status(&p->wire, &ok, &line, e))
		return false;
	if (ok)
		return pop3_read_lines(p, on_uidl, scan, e);
	pop3_refused(line, ERR_NONE, "The POP3 server refused UIDL", e);
	if (p->caps.uidl || e->cat != ERR_NONE)
		return pop3_refused(line, ERR_SERVER_BUG, "The POP3 server refused UIDL", e);
	p->no_uidl = true;
	return true;
}

/* LIST and UIDL leave together where the server takes that: one round trip. */
static bool read_lists(struct uidl_scan *scan, struct err *e) {
	struct pop3 *p = scan->p;
	bool both = p->caps.pipelining && !p->no_uidl;
	if (!pop3_command(&p->wire, "LIST", e) || (both && !pop3_command(&p->wire, "UIDL", e)))
		return false;
	if (!read_sizes(p, e))
		return false;
	return p->no_uidl || ((both || pop3_command(&p->wire, "UIDL", e)) && read_uidls(scan, e));
}

/* Messages without a usable UIDL: known by their headers. */
static bool scan_unnamed(struct uidl_scan *scan, struct err *e) {
	struct pop3 *p = scan->p;
	uint32_t *numbers = NULL;
	size_t count = 0;
	for (uint32_t i = scan->first - 1; i < p->exists; i++)
		count += !scan->named[i];
	if (count == 0)
		return true;
	numbers = malloc(count * sizeof *numbers);
	if (!numbers)
		return err_nomem(e);
	count = 0;
	for (uint32_t i = scan->first - 1; i < p->exists; i++)
		if (!scan->named[i])
			numbers[count++] = i + 1;
	bool ok = pop3_scan_by_header(p, numbers, count, scan->fn, scan->arg, e);
	free(numbers);
	return ok;
}

bool pop3_scan(struct source *s, uint32_t first, scan_fn *fn, void *arg, struct err *e) {
	struct pop3 *p = (struct pop3 *)s;
	if (pop3_in_flight(s))
		return err_set(e, ERR_INPUT, "A POP3 scan cannot run beside a fetch");
	if (!p->selected && !pop3_stat(p, e))
		return false;
	if (p->exists == 0)
		return true;
	struct uidl_scan scan = { .p = p, .first = first ? first : 1, .fn = fn, .arg = arg };
	scan.named = calloc(p->exists, sizeof *scan.named);
	bool ok = scan.named || err_nomem(e);
	ok = ok && read_lists(&scan, e) && scan_unnamed(&scan, e);
	free(scan.named);
	return ok;
}
