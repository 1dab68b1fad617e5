/* SPDX-License-Identifier: MIT
 *
 * sasl.h - the client's answers of the SASL mechanisms that IMAP and POP3 share.
 *
 * Each fills response with base64 ("" when it was not possible: too long, no memory). It
 * holds a secret: give it back with sasl_wipe, and wipe whatever it was copied to.
 */
#ifndef MAILVAN_MAIL_SASL_H
#define MAILVAN_MAIL_SASL_H

#include "core/base/buf.h"
#include "core/model/endpoint.h"

/* RFC 4616: authzid NUL login NUL password; authzid only when the endpoint names one. */
bool sasl_plain(struct buf *response, const struct endpoint *ep);
/* Google's and Microsoft's "user=...^Aauth=Bearer ...^A^A"; user is authzid, else login. */
bool sasl_xoauth2(struct buf *response, const struct endpoint *ep);
/* RFC 7628 3.1. */
bool sasl_oauthbearer(struct buf *response, const struct endpoint *ep);
void sasl_wipe(struct buf *response);

#endif
