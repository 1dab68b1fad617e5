/* SPDX-License-Identifier: MIT
 *
 * mailgen.c - writes realistic mail into a Maildir folder; the same seed writes the same mail.
 *
 *   mailgen --maildir DIR [--seed N] [--count N] [--total BYTES] [--owner ADDRESS] [--drafts] [FILE...]
 *
 * Sizes are log-normal. Among the messages are exact duplicates, some without Message-ID, with raw 8-bit
 * bodies, very long headers, lines of dots, and bodies that look like IMAP and POP3 commands. --total scales
 * the sizes so that they add up to about BYTES. --drafts adds nine drafts with equal headers and different
 * bodies. FILEs are taken as they are. Dates are the files' times, flags and keywords are in their names.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MESSAGE_MAX (24u << 20)
#define MESSAGES_MAX 10000000u

struct gen {
	uint64_t rng;
	FILE *out;
	const char *maildir, *owner;
	unsigned serial;
	uint64_t written; /* bytes, by all messages so far */
};

static const char *const words[] = {
	"the", "offer", "meeting", "on", "Thursday", "is", "moved", "to", "invoice", "please", "find", "attached",
	"we", "would", "like", "Grüße", "aus", "Köln", "contract", "review", "by", "noon", "budget", "figures",
	"question", "about", "delivery", "of", "pallets", "mañana", "thanks", "for", "your", "patience", "server",
	"key", "colleagues", "in", "Łódź", "have", "signed", "draft", "version", "seven", "of", "a", "plan", "日本",
};
static const char *const people[] = {
	"Anna Weber <anna.weber@example.org>", "\"Díaz, José\" <jose@example.com>", "billing@shop.example.net",
	"=?UTF-8?Q?Zo=C3=AB_Li?= <zoe@example.org>", "News <no-reply@news.example.com>", "carl@example.net (Carl)",
};

static uint64_t next(struct gen *g) { /* splitmix64: small, and the same everywhere */
	uint64_t z = (g->rng += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static unsigned below(struct gen *g, unsigned n) { return (unsigned)(next(g) % n); }

static double log_normal(struct gen *g) {
	double u = ((double)(next(g) >> 11) + 1) / 9007199254740993.0, v = (double)(next(g) >> 11) / 9007199254740992.0;
	return exp(1.5 * sqrt(-2 * log(u)) * cos(2 * 3.14159265358979 * v));
}

static void die(const char *what) {
	fprintf(stderr, "mailgen: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Bodies: each writes its content headers and then about n bytes. */

static void text(struct gen *g, size_t n) {
	size_t column = 0;
	for (size_t i = 0; i < n;) {
		const char *w = words[below(g, COUNT(words))];
		size_t len = strlen(w) + 1;
		column += len;
		fprintf(g->out, "%s%c", w, column > 66 ? '\n' : ' ');
		if (column > 66)
			column = 0;
		i += len;
	}
	fputc('\n', g->out);
}

static void base64(struct gen *g, size_t n, const char *indent) {
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[77];
	for (size_t i = 0; i < n; i += sizeof line) {
		for (size_t k = 0; k < 76; k += 4) {
			uint64_t bits = next(g);
			for (size_t j = 0; j < 4; j++, bits >>= 6)
				line[k + j] = digit[bits & 63];
		}
		line[76] = '\n';
		fputs(indent, g->out);
		fwrite(line, 1, sizeof line, g->out);
	}
}

static void plain(struct gen *g, size_t n) {
	fputs("Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n", g->out);
	text(g, n);
}

static void attachment(struct gen *g, size_t n) {
	uint64_t b = next(g);
	fprintf(g->out, "Content-Type: multipart/mixed;\n\tboundary=\"=_%016" PRIx64 "\"\n\nmulti-part\n", b);
	fprintf(g->out, "--=_%016" PRIx64 "\nContent-Type: text/plain; charset=utf-8\n\n", b);
	text(g, n / 20 + 40);
	fprintf(g->out, "--=_%016" PRIx64 "\nContent-Type: application/pdf; name=\"scan%u.pdf\"\n", b, below(g, 1000));
	fputs("Content-Disposition: attachment; filename*=UTF-8''%C3%9Cbersicht.pdf\n"
	      "Content-Transfer-Encoding: base64\n\n", g->out);
	base64(g, n, "");
	fprintf(g->out, "\n--=_%016" PRIx64 "--\n", b);
}

static void html(struct gen *g, size_t n) {
	uint64_t b = next(g);
	fprintf(g->out, "Content-Type: multipart/alternative; boundary=b%016" PRIx64 "\n\n", b);
	fprintf(g->out, "--b%016" PRIx64 "\nContent-Type: text/plain\n\n", b);
	text(g, n / 3);
	fprintf(g->out, "--b%016" PRIx64 "\nContent-Type: text/html; charset=\"utf-8\"\n\n<html><body><p>\n", b);
	text(g, n - n / 3);
	fprintf(g->out, "</p></body></html>\n--b%016" PRIx64 "--\n", b);
}

static void latin1(struct gen *g, size_t n) {
	fputs("Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\n", g->out);
	for (size_t i = 0; i < n; i += 32)
		fputs("Gr\xfc\xdf" "e \xe0 la carte, se\xf1or: na\xefve\n", g->out);
}

/* What a refused literal would run as commands: an "injected-N" folder at the target would give it away. */
static void commands(struct gen *g, size_t n) {
	fputs("Content-Type: text/plain\n\n", g->out);
	for (size_t i = 0; i < n; i += 180) {
		fprintf(g->out, "a%u CREATE injected-%u\na2 DELETE INBOX\n.\n..\n.. dots\n)\nQUIT\nDELE 1\n",
			below(g, 999), g->serial);
		fputs("A004 APPEND INBOX {5+}\nhello\n* OK [UIDNEXT 1] x\n* 1 FETCH (UID 1 BODY[] {3}\nabc)\n", g->out);
	}
}

static void empty(struct gen *g, size_t n) {
	(void)n;
	fputs("Content-Type: text/plain\n\n", g->out);
}

static const struct {
	unsigned share; /* of 100 */
	void (*write)(struct gen *, size_t);
} kinds[] = { { 44, plain }, { 24, attachment }, { 23, html }, { 5, latin1 }, { 3, commands }, { 1, empty } };

static void date_header(FILE *out, const char *name, time_t t) {
	struct tm tm;
	char s[64];
	gmtime_r(&t, &tm);
	strftime(s, sizeof s, "%a, %d %b %Y %H:%M:%S +0000", &tm);
	fprintf(out, "%s%s\n", name, s);
}

static void to_everyone(struct gen *g) {
	fputs("To: ", g->out);
	for (unsigned i = 0; i < 400; i++)
		fprintf(g->out, "list-member-%u@example.org,%s", i, i % 3 ? " " : "\n ");
	fputs("last@example.org\n", g->out);
}

static void headers(struct gen *g, time_t t) {
	fprintf(g->out, "Return-Path: <bounce+%u@example.org>\n", below(g, 100000));
	fprintf(g->out, "Received: from mx%u.example.org (mx.example.org [192.0.2.%u])\n", below(g, 9), below(g, 255));
	fprintf(g->out, "\tby mail.example.net with ESMTPS id %08x for <%s>", below(g, 1u << 31), g->owner);
	date_header(g->out, "; ", t);
	if (below(g, 4) == 0) {
		fputs("DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=k1; b=\n", g->out);
		base64(g, 231, "\t");
	}
	if (below(g, 50) == 0)
		to_everyone(g);
	else
		fprintf(g->out, "To: %s\n", g->owner);
	fprintf(g->out, "From: %s\n", people[below(g, COUNT(people))]);
	fprintf(g->out, "Subject: %s%s %s\n", below(g, 3) ? "" : "Re: ", words[below(g, COUNT(words))],
		words[below(g, COUNT(words))]);
	date_header(g->out, "Date: ", t - (time_t)below(g, 90));
	if (below(g, 40))
		fprintf(g->out, "Message-ID: <%016" PRIx64 "@example.org>\n", next(g));
	fputs("MIME-Version: 1.0\n", g->out);
}

static const char keyword_names[] = "0 $Forwarded\n1 $MDNSent\n2 NonJunk\n3 project-x\n";

static void choose_flags(struct gen *g, char flags[12]) {
	static const struct {
		char letter;
		unsigned share; /* of 100 */
	} set[] = { { 'F', 6 }, { 'R', 15 }, { 'S', 80 }, { 'T', 1 },
		    { 'a', 5 }, { 'b', 2 },  { 'c', 10 }, { 'd', 4 } };
	size_t n = 0;
	for (size_t i = 0; i < COUNT(set); i++)
		if (below(g, 100) < set[i].share)
			flags[n++] = set[i].letter;
	flags[n] = '\0';
}

static void open_message(struct gen *g, char *path, size_t size, time_t t, const char *flags) {
	snprintf(path, size, "%s/cur/%lld.M%06uP%u.mailgen:2,%s", g->maildir, (long long)t, g->serial % 1000000,
		 g->serial / 1000000 + 1, flags);
	g->serial++;
	g->out = fopen(path, "wx");
	if (!g->out)
		die(path);
}

static void close_message(struct gen *g, const char *path, time_t t) {
	struct timespec times[2] = { { .tv_sec = t }, { .tv_sec = t } };
	g->written += (uint64_t)ftell(g->out);
	if (fclose(g->out) != 0 || utimensat(AT_FDCWD, path, times, 0) != 0)
		die(path);
}

static time_t some_time(struct gen *g) { return 1420070400 + (time_t)below(g, 340000000); } /* 2015 to 2025 */

static void write_generated(struct gen *g, size_t size) {
	char path[4096], flags[12];
	time_t t = some_time(g);
	choose_flags(g, flags);
	open_message(g, path, sizeof path, t, flags);
	headers(g, t);
	unsigned at = below(g, 100), k = 0;
	while (at >= kinds[k].share)
		at -= kinds[k++].share;
	kinds[k].write(g, size);
	close_message(g, path, t);
}

static void write_drafts(struct gen *g) {
	for (unsigned i = 0; i < 9; i++) {
		char path[4096];
		time_t t = 1700000000;
		open_message(g, path, sizeof path, t, "DS");
		fprintf(g->out, "From: %s\nSubject: Draft\n", g->owner);
		date_header(g->out, "Date: ", t);
		/* Groups of three have one size, so that only the body can tell them apart. */
		fprintf(g->out, "MIME-Version: 1.0\nContent-Type: text/plain\n\nVersion %u of the plan.\n%.*s\n", i,
			(int)(i / 3 * 10), "------------------------------");
		close_message(g, path, t);
	}
}

static void write_file(struct gen *g, const char *name) {
	char path[4096], flags[12], block[65536];
	size_t n;
	FILE *in = fopen(name, "r");
	time_t t = some_time(g);
	if (!in)
		die(name);
	choose_flags(g, flags);
	open_message(g, path, sizeof path, t, flags);
	while ((n = fread(block, 1, sizeof block, in)) > 0)
		fwrite(block, 1, n, g->out);
	fclose(in);
	close_message(g, path, t);
}

/* The factor that brings what is left to write to what is left of the total. */
static double scale(const struct gen *g, uint64_t total, unsigned left, double sum) {
	double rest = (double)total - (double)g->written - left * 700.0;
	return !total ? 1 : rest > 0 && sum > 0 ? rest / sum : 0.1;
}

static void write_many(struct gen *g, unsigned count, uint64_t total) {
	double *size = calloc(count ? count : 1, sizeof *size), sum = 0;
	if (!size)
		die("memory");
	for (unsigned i = 0; i < count; i++)
		sum += size[i] = log_normal(g) * 6000;
	for (unsigned i = 0; i < count; i++) {
		double n = size[i] * scale(g, total, count - i, sum);
		size_t bytes = n > MESSAGE_MAX ? MESSAGE_MAX : (size_t)n;
		uint64_t before = g->rng;
		sum -= size[i];
		write_generated(g, bytes);
		bool again = below(g, 60) == 0 || (i == 3 && count >= 10);
		if (again && i + 1 < count) { /* the same message twice, as mail clients leave them */
			uint64_t after = g->rng;
			g->rng = before;
			write_generated(g, bytes);
			g->rng = after;
			sum -= size[++i];
		}
	}
	free(size);
}

static void make_maildir(const char *dir) {
	static const char *const sub[] = { "", "/cur", "/new", "/tmp" };
	char path[4096];
	for (size_t i = 0; i < COUNT(sub); i++) {
		snprintf(path, sizeof path, "%s%s", dir, sub[i]);
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			die(path);
	}
	snprintf(path, sizeof path, "%s/dovecot-keywords", dir);
	FILE *f = fopen(path, "w");
	if (!f || fputs(keyword_names, f) < 0 || fclose(f) != 0)
		die(path);
}

static uint64_t number(const char *s, uint64_t max) {
	char *end;
	errno = 0;
	uint64_t n = strtoull(s, &end, 10);
	if (errno || *end || end == s || n > max) {
		fprintf(stderr, "mailgen: not a usable number: %s\n", s);
		exit(2);
	}
	return n;
}

int main(int argc, char **argv) {
	static const struct option options[] = {
		{ "maildir", required_argument, NULL, 'm' }, { "seed", required_argument, NULL, 's' },
		{ "count", required_argument, NULL, 'c' },   { "total", required_argument, NULL, 't' },
		{ "owner", required_argument, NULL, 'o' },   { "drafts", no_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	struct gen g = { .owner = "user@example.net" };
	uint64_t total = 0, seed = 1;
	unsigned count = 0;
	bool drafts = false;
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (c) {
		case 'm': g.maildir = optarg; break;
		case 's': seed = number(optarg, UINT64_MAX); break;
		case 'c': count = (unsigned)number(optarg, MESSAGES_MAX); break;
		case 't': total = number(optarg, UINT64_C(1) << 40); break;
		case 'o': g.owner = optarg; break;
		case 'd': drafts = true; break;
		default: return 2;
		}
	}
	if (!g.maildir) {
		fputs("usage: mailgen --maildir DIR [--seed N] [--count N] [--total BYTES] [--owner ADDRESS]\n"
		      "               [--drafts] [FILE...]\n", stderr);
		return 2;
	}
	g.rng = seed * 1000003;
	g.serial = (unsigned)(seed % 1000) * 1000; /* several calls may fill one folder */
	make_maildir(g.maildir);
	write_many(&g, count, total);
	if (drafts)
		write_drafts(&g);
	for (int i = optind; i < argc; i++)
		write_file(&g, argv[i]);
	return 0;
}
