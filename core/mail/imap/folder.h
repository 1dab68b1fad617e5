/* SPDX-License-Identifier: MIT
 *
 * folder.h - blocking commands on folders, for source and target alike. The contracts are
 * those of the same names in source.h and target.h.
 */
#ifndef MAILVAN_MAIL_IMAP_FOLDER_H
#define MAILVAN_MAIL_IMAP_FOLDER_H

#include "core/mail/imap/session.h"
#include "core/mail/target.h"

/* list.c */
bool imap_list(struct imap_session *s, bool status, folder_fn *fn, void *arg, struct err *e);

/* folder.c; writable: SELECT, else EXAMINE where the server does that right. */
bool imap_select(struct imap_session *s, const char *wire, bool writable, struct folder_status *st, struct err *e);
bool imap_create(struct imap_session *s, const char *wire, struct err *e);
/* As the answer to CREATE says: made, or not needed. */
bool imap_folder_is_there(const struct line *l);
bool imap_rename(struct imap_session *s, const char *wire, const char *to, struct err *e);
bool imap_make(struct imap_session *s, struct folder_wish *wishes, size_t n, struct err *e);
bool imap_subscribe(struct imap_session *s, const char *wire, bool on, struct err *e);

/* scan.c; the folder's size and next UID are those of the last imap_select. last_uid 0: to the end. */
bool imap_scan(struct imap_session *s, uint32_t first_uid, uint32_t last_uid, scan_fn *fn, void *arg, struct err *e);

/* flags_scan.c */
bool imap_flags(struct imap_session *s, uint64_t since, scan_fn *fn, void *arg, struct err *e);

/* change.c */
bool imap_store_flags(struct imap_session *s, const uint32_t *uids, size_t n, bool add, uint32_t flags,
		      const char *keywords, struct err *e);
bool imap_move(struct imap_session *s, const uint32_t *uids, size_t n, const char *wire, struct err *e);
bool imap_expunge(struct imap_session *s, const uint32_t *uids, size_t n, struct err *e);

/* quota.c; of the selected folder. */
bool imap_quota(struct imap_session *s, struct folder_quota *quota, struct err *e);

/* headers.c */
bool imap_headers(struct imap_session *s, const uint32_t *uids, size_t n, header_fn *fn, void *arg, struct err *e);

#endif
