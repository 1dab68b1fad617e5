/* SPDX-License-Identifier: MIT
 *
 * non_mail.h - the folders that Exchange makes in every mailbox and that hold no mail: old servers list them by IMAP,
 * and what comes out of them are appointments and contacts as messages that no program shows as such.
 *
 * IMAP does not say a folder's class, so the names decide, in the languages in which Exchange makes them. The project's
 * setting "non-mail" (skip, copy; skip) says what becomes of them; those left out are named in the report.
 */
#ifndef MAILVAN_WORK_NON_MAIL_H
#define MAILVAN_WORK_NON_MAIL_H

#define NON_MAIL_DEFAULT "skip"

/* What such a folder holds ("appointments"), or NULL when it is taken to hold mail. display: UTF-8, '/' between levels.
 * Only for sources that are Exchange, only at the top, and with everything below. */
const char *non_mail_kind(const char *display);

#endif
