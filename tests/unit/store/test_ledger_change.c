/* SPDX-License-Identifier: MIT
 *
 * test_ledger_change.c - rows that are listed or change many at once must end as if each had been alone: new rows are
 * inserted in groups, runs of numbers become intents in one statement, and a copy of which all is as expected is
 * written without being read.
 */
#include "core/store/repairs.h"
#include "tests/unit/store/leased_mailbox.h"

#define ROWS 60U

/* Sizes are 100 + uid; every seventh is not known. */
static uint64_t listed_size(uint32_t uid) {
	return uid % 7 ? 100 + uid : UINT64_MAX;
}

static void list_rows(int64_t folder, uint32_t n) {
	struct err e;
	struct scan_item items[ROWS];
	for (uint32_t i = 0; i < n; i++)
		items[i] = (struct scan_item){
			.uid = i + 1, .flags = FLAG_SEEN, .keywords = "", .size = listed_size(i + 1)
		};
	MUST(ledger_enumerate(s, &lease, folder, items, n, NULL, &e));
}

static struct ledger_change copied(uint32_t uid, uint64_t size) {
	return (struct ledger_change){ .uid = uid,
				       .state = MSG_DONE,
				       .dst_uid = 1000 + uid,
				       .size = size,
				       .ident = 0x1122334455667788ULL + uid,
				       .body = { { 1, (uint8_t)uid } },
				       .flags_sent = FLAG_ANSWERED };
}

static void check_row(int64_t folder, uint32_t uid, enum msg_state state, uint64_t size, uint32_t dst_uid) {
	struct ledger_row r = row_of(folder, uid);
	if (r.state != state || r.size != size || r.dst_uid != dst_uid)
		fail_msg("row %u: state %d, size %llu, dst_uid %u", uid, (int)r.state, (unsigned long long)r.size,
			 r.dst_uid);
	if (state != MSG_DONE)
		return;
	assert_int_equal(r.flags, FLAG_ANSWERED);
	assert_true(r.ident == 0x1122334455667788ULL + uid && r.body.bytes[0] == 1 && r.body.bytes[1] == uid);
}

static void check_open(int64_t folder, uint64_t rows, uint32_t uidnext) {
	struct err e;
	uint64_t n;
	uint32_t from, uidvalidity;
	MUST(ledger_open_intents(s, folder, &n, &from, &uidvalidity, &e));
	assert_int_equal(n, rows);
	assert_int_equal(from, uidnext);
	check_counts();
}

/* Only rows that were asked for, and only pending ones, whatever lies between their numbers. */
static void test_runs(void **state) {
	static const uint32_t holes[] = { 1, 2, 3, 5, 6, 9, 12, 13, 14 }, rest[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	static const uint32_t last[] = { UINT32_MAX - 1, UINT32_MAX, 0, 1 };
	struct err e;
	(void)state;
	int64_t f = folder_named("INBOX"), g = folder_named("Sent");
	list_rows(f, 20);
	list_rows(g, 20);
	MUST(ledger_change(s, &lease, f, (struct ledger_change[]){ copied(13, 113), copied(2, 102) }, 2, &e));
	intend(f, 50, holes, sizeof holes / sizeof *holes);
	for (uint32_t uid = 1; uid <= 20; uid++) {
		bool intended = uid == 1 || uid == 3 || uid == 5 || uid == 6 || uid == 9 || uid == 12 || uid == 14;
		enum msg_state is = uid == 2 || uid == 13 ? MSG_DONE : intended ? MSG_INTENT : MSG_PENDING;
		assert_int_equal(row_of(f, uid).state, is);
		assert_int_equal(row_of(g, uid).state, MSG_PENDING);
	}
	check_open(f, 7, 50);
	intend(f, 60, rest, sizeof rest / sizeof *rest); /* 4, 7, 8 and 10 */
	check_open(f, 11, 50);
	MUST(ledger_change(s, &lease, f, (struct ledger_change[]){ copied(1, 101), copied(3, 103) }, 2, &e));
	check_open(f, 9, 50);
	/* The highest number that there is ends a run. */
	struct scan_item items[] = { { .uid = UINT32_MAX - 1, .keywords = "" }, { .uid = UINT32_MAX, .keywords = "" } };
	MUST(ledger_enumerate(s, &lease, g, items, 2, NULL, &e));
	intend(g, 70, last, sizeof last / sizeof *last);
	check_open(g, 3, 70);
}

/* Each row that is not as the one before it. */
static void test_unlike_the_one_before(void **state) {
	static const uint32_t first[] = { 1, 2, 3, 4, 5, 6, 7, 8 }, second[] = { 9, 10, 11 };
	struct err e;
	(void)state;
	int64_t f = folder_named("INBOX");
	list_rows(f, 20);
	intend(f, 50, first, 8);
	intend(f, 60, second, 3);
	struct ledger_change c[] = {
		copied(1, 101),	 copied(2, 102),  copied(3, 777),  /* another size */
		copied(4, 104),	 copied(5, 105),  copied(9, 109),  /* another intent */
		copied(10, 110), copied(6, 106),  copied(7, 107),  /* its size was not known */
		copied(8, 108),	 copied(8, 108),  copied(15, 115), /* again; pending, not an intent */
		copied(11, 111), copied(99, 199), copied(12, 112)  /* not there */
	};
	MUST(ledger_change(s, &lease, f, c, sizeof c / sizeof *c, &e));
	for (uint32_t uid = 1; uid <= 20; uid++)
		if (uid <= 12 || uid == 15)
			check_row(f, uid, MSG_DONE, uid == 3 ? 777 : 100 + uid, 1000 + uid);
		else
			check_row(f, uid, MSG_PENDING, listed_size(uid), 0);
	check_open(f, 0, 0);
	struct mailbox_row m;
	MUST(mailbox_get(s, 1, &m, &e));
	assert_int_equal(m.counts.copied, 13);
	assert_int_equal(m.bytes_copied, 13 * 100 + 12 * 13 / 2 + 15 + 777 - 103);
}

#define SECOND "(SELECT max(id) FROM folder)"

/* What is in one folder and not in the other. */
static void check_alike(int64_t a, int64_t b) {
	static const struct {
		const char *table, *key, *columns;
	} kept[] = {
		/* the second folder's intents were made right after those of the first */
		{ "msg", "folder",
		  "uid, state, flags, keywords, date, zone, size, batch - (batch > 0) * (folder = " SECOND
		  "), dst_uid, fp" },
		{ "intent", "folder", "id - (folder = " SECOND "), dst_uidvalidity, uidnext, open" },
		{ "failure", "folder", "uid, reason, subject" },
		{ "repair", "folder", "uid, rung, source" },
		{ "folder", "id",
		  "n_source, n_copied, n_adopted, n_merged, n_skipped, n_failed, n_vanished, n_pending, bytes_source,"
		  " bytes_copied, bytes_pending, dropped_keywords" },
	};
	check_counts();
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		for (int way = 0; way < 2; way++) {
			char sql[900];
			snprintf(sql, sizeof sql,
				 "SELECT count(*) FROM (SELECT %1$s FROM %2$s WHERE %3$s = %4$d EXCEPT SELECT %1$s "
				 "FROM %2$s WHERE %3$s = %5$d)",
				 kept[i].columns, kept[i].table, kept[i].key, (int)(way ? b : a), (int)(way ? a : b));
			if (query_int(dir, sql) != 0)
				fail_msg("the %s rows of the two differ", kept[i].table);
		}
}

/* Mostly copies as they were expected; beside them whatever else can be said of a row. */
static struct ledger_change random_change(uint32_t uid) {
	struct ledger_change c = copied(uid, rand() % 6 ? 100 + uid : (uint64_t)(rand() % 200));
	switch (rand() % 12) {
	case 0:
		c.state = (enum msg_state)(rand() % MSG_STATE_COUNT);
		c.state = c.state == MSG_INTENT ? MSG_PENDING : c.state;
		c.text = "why";
		c.subject = "which";
		break;
	case 1:
		c.ident = 0;
		break;
	case 2:
		c.body = (struct hash){ 0 };
		break;
	case 3:
		c.state = MSG_ACKED;
		c.dst_uid = 0;
		break;
	case 4:
		c.keywords_dropped = 3;
		break;
	default:
		break;
	}
	return c;
}

static void repair_both(const int64_t folder[2], uint32_t uid) {
	struct err e;
	struct repair_record r = { .uid = uid,
				   .rung = REPAIR_NUL,
				   .ident = 4242,
				   .body = { { 1, 2, 3 } },
				   .source_ident = 1111,
				   .source_body = { { 9 } },
				   .subject = "",
				   .from = "",
				   .date = "" };
	MUST(ledger_flush(s, &lease, &e));
	for (int i = 0; row_of(folder[0], uid).state == MSG_INTENT && i < 2; i++)
		MUST(ledger_repair(s, &lease, folder[i], &r, &e));
}

/* As a server lists them, and as one that is confused: mostly beyond what is there, at times again, twice, or the wrong
 * way round. */
static size_t random_listing(struct scan_item *items, uint32_t *next) {
	static const char *const keywords[] = { "", "$Forwarded", "Work", "$Forwarded Work" };
	size_t n = 1 + (size_t)rand() % ROWS;
	uint32_t uid = rand() % 4 ? *next : 1 + (uint32_t)rand() % *next;
	for (size_t i = 0; i < n; i++) {
		items[i] = (struct scan_item){ .uid = uid,
					       .flags = (uint32_t)rand() % 2 * FLAG_SEEN,
					       .keywords = keywords[rand() % 4],
					       .date = { 1600000000 + rand() % 1000, 120, rand() % 5 != 0 },
					       .size = rand() % 9 ? (uint64_t)rand() : UINT64_MAX };
		uid += rand() % 40 ? 1 + (uint32_t)(rand() % 9 == 0) : 0;
	}
	if (rand() % 3 == 0) {
		struct scan_item *one = &items[rand() % (int)n], *other = &items[rand() % (int)n], kept = *one;
		*one = *other;
		*other = kept;
	}
	*next = uid > *next ? uid : *next;
	return n;
}

/* One folder is listed many rows at once, the other one by one. */
static void test_listed_together_as_alone(void **state) {
	struct err e;
	(void)state;
	srand(20093); /* fixed: a failure must come again */
	int64_t folder[2] = { folder_named("INBOX"), folder_named("Sent") };
	uint32_t next = 1;
	for (int step = 0; step < 120; step++) {
		struct scan_item items[ROWS];
		uint32_t uids[ROWS];
		size_t n = random_listing(items, &next);
		MUST(ledger_enumerate(s, &lease, folder[0], items, n, step % 2 ? uids : NULL, &e));
		for (size_t i = 0; i < n; i++) {
			MUST(ledger_enumerate(s, &lease, folder[1], &items[i], 1, NULL, &e));
			assert_true(step % 2 == 0 || uids[i] == items[i].uid);
		}
		struct ledger_change gone = { .uid = items[0].uid, .state = MSG_VANISHED };
		for (int i = 0; i < 2 && step % 3 == 0; i++)
			MUST(ledger_change(s, &lease, folder[i], &gone, 1, &e));
		if (step % 10 == 9)
			check_alike(folder[0], folder[1]);
	}
	assert_true(next > 1000);
}

/* One folder is told many at once, the other one by one, and its intents the other way round: no runs. */
static void test_changed_together_as_alone(void **state) {
	struct err e;
	(void)state;
	srand(20092); /* fixed: a failure must come again */
	int64_t folder[2] = { folder_named("INBOX"), folder_named("Sent") };
	list_rows(folder[0], ROWS);
	list_rows(folder[1], ROWS);
	for (int step = 0; step < 250; step++) {
		uint32_t up[ROWS], down[ROWS], skip = (uint32_t)(rand() % 4);
		struct ledger_change c[ROWS];
		size_t n = 0;
		for (uint32_t uid = 1 + (uint32_t)rand() % 10; uid <= ROWS; uid++)
			if (!skip || (uint32_t)rand() % 12 >= skip)
				up[n++] = uid;
		for (size_t i = 0; i < n; i++)
			down[n - 1 - i] = up[i];
		intend(folder[0], 50 + (uint32_t)step, up, n);
		intend(folder[1], 50 + (uint32_t)step, down, n);
		repair_both(folder, 1 + (uint32_t)rand() % ROWS);
		n = 0;
		for (uint32_t uid = 1; uid <= ROWS; uid++)
			if (rand() % 8)
				c[n++] = random_change(rand() % 10 ? uid : 1 + (uint32_t)rand() % ROWS);
		MUST(ledger_change(s, &lease, folder[0], c, n, &e));
		for (size_t i = 0; i < n; i++)
			MUST(ledger_change(s, &lease, folder[1], &c[i], 1, &e));
		if (step % 5 == 0)
			check_alike(folder[0], folder[1]);
		/* What was copied is pending again in most of the next steps. */
		for (uint32_t uid = 1; uid <= ROWS; uid++)
			c[uid - 1] = (struct ledger_change){ .uid = uid,
							     .state = MSG_PENDING,
							     .size = listed_size(uid) % UINT64_MAX };
		for (int i = 0; i < 2 && step % 4; i++)
			MUST(ledger_change(s, &lease, folder[i], c, ROWS, &e));
	}
	check_alike(folder[0], folder[1]);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		IN_MAILBOX(test_runs),
		IN_MAILBOX(test_unlike_the_one_before),
		IN_MAILBOX(test_listed_together_as_alone),
		IN_MAILBOX(test_changed_together_as_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
