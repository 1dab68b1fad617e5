/* SPDX-License-Identifier: MIT
 *
 * dialog_lines.c - lines to read, as many as there are, which can be written to a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/view/dialogs.h"
#include "tui/view/frame.h"

#define LINE_SHOWN 4096 /* bytes of one line that are drawn */
#define LINE_ROWS 20	/* cells high that one line gets at most */

struct lines {
	struct dialog base;
	struct buf text;
	size_t *starts, count; /* of lines in text; one more: its end */
	size_t top;
	size_t on; /* enum button */
	char title[260], file[120];
	void (*closed)(struct console *c, void *data);
	void (*release)(void *data);
	void *data;
};

/* From the right. */
enum button { BUTTON_CLOSE, BUTTON_FILE, BUTTONS };
static const char *const labels[BUTTONS] = { "Close", "Write to a file…" };

static struct rect lines_frame(const struct lines *l, struct grid *g) {
	size_t want = l->count * 2 + 6;
	return frame_dialog(g, 130, want < 12 ? 12 : want > 200 ? 200 : (int)want, l->title);
}

static void line_text(const struct lines *l, size_t i, char *dst, size_t size) {
	size_t n = l->starts[i + 1] - l->starts[i];
	while (n && l->text.data[l->starts[i] + n - 1] == '\n')
		n--;
	text_sanitise(dst, size, l->text.data + l->starts[i], n);
}

/* The first line of the last page. */
static size_t last_page(const struct lines *l, int w, int room) {
	char text[LINE_SHOWN];
	size_t top = l->count;
	while (top > 0) {
		line_text(l, top - 1, text, sizeof text);
		room -= frame_lines(NULL, 0, 0, w, 0, LINE_ROWS, ST_DIALOG, text);
		if (room < 0)
			break;
		top--;
	}
	return top < l->count ? top : l->count ? l->count - 1 : 0;
}

static void lines_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct lines *l = (const struct lines *)d;
	char text[LINE_SHOWN];
	struct rect in = lines_frame(l, g);
	int y = in.y, bottom = in.y + in.h - 2;
	size_t i = l->top;
	(void)c;
	if (l->count == 0)
		grid_text(g, in.x, y, in.w, ST_DIALOG_DIM, "Nothing would be changed.");
	for (; i < l->count && y < bottom; i++) {
		line_text(l, i, text, sizeof text);
		y += frame_lines(g, in.x, y, in.w, 0, bottom - y < LINE_ROWS ? bottom - y : LINE_ROWS, ST_DIALOG, text);
	}
	struct rect box = { in.x - 2, in.y - 1, in.w + 4, in.h + 2 };
	frame_scroll(g, box, ST_DIALOG_DIM, l->top, i - l->top, l->count);
	frame_buttons(g, in, labels, l->count ? BUTTONS : BUTTON_FILE, l->on);
}

/* ---- the file ---- */

static bool put_all(int fd, const char *data, size_t n) {
	while (n) {
		ssize_t done = write(fd, data, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		data += done;
		n -= (size_t)done;
	}
	return true;
}

static bool beyond_ascii(const struct buf *b) {
	for (size_t i = 0; i < b->len; i++)
		if ((unsigned char)b->data[i] > 127)
			return true;
	return false;
}

/* Windows PowerShell takes a file without the mark for one in the machine's own character set. */
static bool write_lines(const struct lines *l, const char *path, struct err *e) {
	static const char mark[] = "\xEF\xBB\xBF";
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_INPUT, "%.300s is there already: name another file", path);
	if (fd < 0)
		return err_errno(e, ERR_INPUT, "Cannot make %.300s", path);
	bool ok = (!beyond_ascii(&l->text) || put_all(fd, mark, 3)) && put_all(fd, l->text.data, l->text.len);
	if (!ok)
		err_errno(e, ERR_LOCAL_DISK, "Cannot write %.300s", path);
	if (close(fd) != 0 && ok)
		ok = err_errno(e, ERR_LOCAL_DISK, "Cannot write %.300s", path);
	if (!ok)
		unlink(path);
	return ok;
}

static bool file_accept(struct console *c, struct form *f, struct err *e) {
	const struct lines *l = form_data(f); /* the page is below and outlives the form */
	char path[EDIT_MAX * 2];
	if (!*form_text(f, 0))
		return err_set(e, ERR_INPUT, "Name a file");
	edit_path(path, sizeof path, form_text(f, 0));
	if (!write_lines(l, path, e))
		return false;
	console_note(c, "%zu lines are in %.300s", l->count, path);
	return true;
}

static void ask_file(struct lines *l, struct console *c) {
	static const struct field fields[] = { { "File", "A new file that only you can read.", FIELD_PATH, NULL } };
	static const struct form_spec spec = { .title = "Write to a file",
					       .intro = "",
					       .ok = "Write",
					       .fields = fields,
					       .count = 1,
					       .accept = file_accept };
	struct form *f = dialog_form(c, &spec, l);
	if (f)
		form_set(f, 0, l->file);
}

/* ---- keys ---- */

static void leave(struct lines *l, struct console *c) {
	void (*closed)(struct console *, void *) = l->closed;
	void *data = l->data;
	l->release = NULL;
	dialog_close(c, &l->base);
	if (closed)
		closed(c, data);
}

static void press(struct lines *l, struct console *c, size_t button) {
	if (button == BUTTON_FILE && l->count)
		ask_file(l, c);
	else if (button == BUTTON_CLOSE)
		leave(l, c);
}

static void click(struct lines *l, struct console *c, const struct key *k) {
	struct grid *probe = grid_new(c->layout.w, c->layout.h, false);
	if (!probe)
		return;
	int hit = frame_button_at(probe, lines_frame(l, probe), labels, BUTTONS, k->x, k->y);
	grid_free(probe);
	if (hit >= 0)
		press(l, c, (size_t)hit);
}

/* A page is what is seen, and that depends on how the lines break. */
static void scroll(struct lines *l, struct console *c, int32_t code) {
	struct grid *probe = grid_new(c->layout.w, c->layout.h, false);
	if (!probe)
		return;
	struct rect in = lines_frame(l, probe);
	grid_free(probe);
	size_t last = last_page(l, in.w, in.h - 2), page = (size_t)(in.h > 5 ? (in.h - 2) / 2 : 1);
	if (code == K_DOWN)
		l->top++;
	else if (code == K_UP)
		l->top -= l->top > 0;
	else if (code == K_PGDN)
		l->top += page;
	else if (code == K_PGUP)
		l->top = l->top > page ? l->top - page : 0;
	else
		l->top = code == K_END ? last : 0;
	l->top = l->top > last ? last : l->top;
}

static void lines_key(struct dialog *d, struct console *c, const struct key *k) {
	struct lines *l = (struct lines *)d;
	if (k->code == K_MOUSE && (k->button == MOUSE_WHEEL_DOWN || k->button == MOUSE_WHEEL_UP))
		scroll(l, c, k->button == MOUSE_WHEEL_DOWN ? K_DOWN : K_UP);
	else if (k->code == K_MOUSE)
		click(l, c, k);
	else if (k->code == K_ESC || k->code == K_CTRL('C') || k->code == 'q')
		leave(l, c);
	else if (k->code == K_ENTER)
		press(l, c, l->on);
	else if (k->code == 'w')
		press(l, c, BUTTON_FILE);
	else if (k->code == K_TAB || k->code == K_BACKTAB || k->code == K_LEFT || k->code == K_RIGHT)
		l->on = l->count && l->on == BUTTON_CLOSE ? BUTTON_FILE : BUTTON_CLOSE;
	else if (k->code == K_DOWN || k->code == K_UP || k->code == K_PGDN || k->code == K_PGUP || k->code == K_HOME ||
		 k->code == K_END)
		scroll(l, c, k->code);
}

static void lines_free(struct dialog *d) {
	struct lines *l = (struct lines *)d;
	if (l->release)
		l->release(l->data);
	buf_free(&l->text);
	free(l->starts);
	free(l);
}

static const struct dialog_ops lines_ops = {
	.draw = lines_draw,
	.key = lines_key,
	.free = lines_free,
	.keys = "Up Down PgUp PgDn scroll   w write to a file   Tab other button   Esc close"
};

static bool find_starts(struct lines *l) {
	size_t n = 0;
	for (size_t i = 0; i < l->text.len; i++)
		n += l->text.data[i] == '\n';
	n += l->text.len && l->text.data[l->text.len - 1] != '\n';
	l->starts = calloc(n + 1, sizeof *l->starts);
	for (size_t i = 0; l->starts && i < l->text.len; i++)
		if (l->text.data[i] == '\n' && l->count < n)
			l->starts[++l->count] = i + 1;
	if (l->starts && l->count < n)
		l->starts[++l->count] = l->text.len;
	return l->starts != NULL;
}

void dialog_lines(struct console *c, const struct lines_page *page) {
	struct lines *l = calloc(1, sizeof *l);
	struct err e;
	if (l) {
		l->text = *page->text;
		buf_init(page->text, 0);
		text_sanitise(l->title, sizeof l->title, page->title, strlen(page->title));
		text_copy(l->file, sizeof l->file, page->file);
	}
	if (!l || !find_starts(l)) {
		if (l)
			buf_free(&l->text);
		free(l);
		err_nomem(&e);
		console_complain(c, &e);
		page->release(page->data);
		return;
	}
	l->closed = page->closed;
	l->release = page->release;
	l->data = page->data;
	l->base.ops = &lines_ops;
	dialog_push(c, &l->base);
}
