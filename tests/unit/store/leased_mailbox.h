/* SPDX-License-Identifier: MIT
 *
 * leased_mailbox.h - the project of open_project.h with two mailboxes, the first one leased, and what tests of its
 * ledger say often. Include it last.
 */
#ifndef TESTS_UNIT_STORE_LEASED_MAILBOX_H
#define TESTS_UNIT_STORE_LEASED_MAILBOX_H

#include "tests/unit/store/open_project.h"

static struct lease lease;

UNUSED static int mailbox_setup(void **state) {
	project_setup(state);
	add_many(s, 2);
	lease_one(s, 1, &lease);
	return 0;
}

UNUSED static int64_t folder_named(const char *name) {
	struct err e;
	struct ledger_folder f;
	MUST(ledger_folder_open(s, &lease, name, name, &f, &e));
	return f.id;
}

UNUSED static void intend(int64_t folder, uint32_t uidnext, const uint32_t *uids, size_t n) {
	struct err e;
	struct ticket *t = ledger_intent(s, &lease, folder, 77, uidnext, uids, n, &e);
	assert_non_null(t);
	MUST(ticket_wait(t, &e));
}

UNUSED static struct ledger_row row_of(int64_t folder, uint32_t uid) {
	struct err e;
	struct ledger_row r;
	bool found;
	MUST(ledger_row_get(s, folder, uid, &r, &found, &e));
	assert_true(found);
	return r;
}

/* Nothing differs between the counts that are kept and the rows. */
UNUSED static void check_counts(void) {
	struct err e;
	MUST(store_flush(s, &e));
	static const char *const wrong[] = {
		"SELECT count(*) FROM folder f LEFT JOIN (SELECT folder, count(*) n, sum(state IN (2,3)) cop, "
		"sum(state=4) ado,"
		" sum(state=5) mer, sum(state=6) ski, sum(state=7) fai, sum(state=8) van, sum(state IN (0,1)) pen,"
		" coalesce(sum(size),0) b, coalesce(sum(CASE WHEN state IN (2,3) THEN size END),0) bc,"
		" coalesce(sum(CASE WHEN state IN (0,1) THEN size END),0) bp FROM msg GROUP BY folder) m ON m.folder = "
		"f.id WHERE"
		" f.n_source <> coalesce(n,0) OR f.n_copied <> coalesce(cop,0) OR f.n_adopted <> coalesce(ado,0) OR"
		" f.n_merged <> coalesce(mer,0) OR f.n_skipped <> coalesce(ski,0) OR f.n_failed <> coalesce(fai,0) OR"
		" f.n_vanished <> coalesce(van,0) OR f.n_pending <> coalesce(pen,0) OR f.bytes_source <> coalesce(b,0) "
		"OR"
		" f.bytes_copied <> coalesce(bc,0) OR f.bytes_pending <> coalesce(bp,0)",
		"SELECT count(*) FROM mailbox b LEFT JOIN (SELECT mailbox, sum(n_source) s, sum(n_copied) c, "
		"sum(n_adopted) a,"
		" sum(n_merged) m, sum(n_skipped) k, sum(n_failed) f, sum(n_vanished) v, sum(n_pending) p, "
		"sum(bytes_source) bs,"
		" sum(bytes_copied) bc, sum(bytes_pending) bp FROM folder GROUP BY mailbox) f ON f.mailbox = b.id WHERE"
		" b.n_source <> coalesce(s,0) OR b.n_copied <> coalesce(c,0) OR b.n_adopted <> coalesce(a,0) OR"
		" b.n_merged <> coalesce(m,0) OR b.n_skipped <> coalesce(k,0) OR b.n_failed <> coalesce(f.f,0) OR"
		" b.n_vanished <> coalesce(v,0) OR b.n_pending <> coalesce(p,0) OR b.bytes_source <> coalesce(bs,0) OR"
		" b.bytes_copied <> coalesce(bc,0) OR b.bytes_pending <> coalesce(bp,0)",
		"SELECT count(*) FROM intent i WHERE i.open = 0 OR i.open <> (SELECT count(*) FROM msg m WHERE "
		"m.folder = i.folder AND"
		" m.batch = i.id AND m.state = 1)",
		"SELECT count(*) FROM msg WHERE (state = 1) <> (batch <> 0)",
		"SELECT count(*) FROM msg m WHERE (state IN (6, 7, 8)) <> EXISTS(SELECT 1 FROM failure x WHERE "
		"x.folder = m.folder"
		" AND x.uid = m.uid)",
		("SELECT count(*) FROM failure x WHERE NOT EXISTS(SELECT 1 FROM msg m WHERE x.folder = m.folder AND "
		 "x.uid = m.uid)"),
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(query_int(dir, wrong[i]), 0);
}

#define IN_MAILBOX(f) cmocka_unit_test_setup_teardown(f, mailbox_setup, project_teardown)

#endif
