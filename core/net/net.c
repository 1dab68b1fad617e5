/* SPDX-License-Identifier: MIT
 *
 * net.c - what the process needs once before it can open channels.
 */
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "core/net/channel_priv.h"

/* libcurl takes three descriptors per connection. The soft limit is 1024 by default, only for select()'s sake. */
static void raise_descriptor_limit(struct log *log) {
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_line(log, LOG_WARN, "net", "cannot raise the limit of open files");
}

/* OpenSSL writes to sockets with write(2): without this a server that hangs up would end the program. */
static void ignore_sigpipe(void) {
	struct sigaction now;
	if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
}

struct net *net_new(struct log *log, struct err *e) {
	struct net *net = calloc(1, sizeof *net);
	/* OpenSSL 3.0 makes its default context once, and when memory was refused just then, everything that needs it
	 * from then on reads through NULL. This one says so. */
	if (!net || !OSSL_LIB_CTX_get0_global_default() || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(net);
		err_nomem(e);
		return NULL;
	}
	net->log = log;
	trust_init(&net->trust);
	raise_descriptor_limit(log);
	ignore_sigpipe();
	return net;
}

void net_free(struct net *net) {
	if (!net)
		return;
	trust_free(&net->trust);
	curl_global_cleanup();
	free(net);
}
