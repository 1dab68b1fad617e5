/* SPDX-License-Identifier: MIT
 *
 * target_form.h - the project's target settings as a form.
 */
#ifndef MAILVAN_TUI_TARGET_FORM_H
#define MAILVAN_TUI_TARGET_FORM_H

#include "tui/model/state.h"

/* then(c, data) runs after the settings were stored and owns data; release(data) when the form is cancelled.
 * Both may be NULL. */
void target_form_open(struct console *c, void (*then)(struct console *c, void *data), void (*release)(void *data),
		      void *data);

#endif
