/* SPDX-License-Identifier: MIT
 *
 * html.c - escaping, and the one style sheet: light, quiet, and made for paper as much as for a screen.
 */
#include "tui/cli/html.h"

#include <string.h>

#include "core/base/text.h"

void html_text(FILE *to, const char *text) {
	char clean[4096];
	size_t n = text_sanitise(clean, sizeof clean, text, strlen(text));
	for (size_t i = 0; i < n; i++) {
		switch (clean[i]) {
		case '&':
			fputs("&amp;", to);
			break;
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		case '\'':
			fputs("&#39;", to);
			break;
		default:
			fputc(clean[i], to);
		}
	}
}

void html_element(FILE *to, const char *tag, const char *class, const char *text) {
	fprintf(to, "<%s%s%s%s>", tag, class ? " class=\"" : "", class ? class : "", class ? "\"" : "");
	html_text(to, text);
	fprintf(to, "</%s>", tag);
}

static const char style[] =
	"html{font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;"
	"color:#1f2430;background:#fff}"
	"body{max-width:74rem;margin:0 auto;padding:2.5rem 2rem 4rem}"
	"h1{font-size:1.05rem;font-weight:600;margin:0;color:#5b6472;letter-spacing:.02em}"
	"h2{font-size:1.2rem;margin:2.6rem 0 .8rem;padding-bottom:.35rem;border-bottom:2px solid #1f2430}"
	"h3{font-size:1rem;margin:1.8rem 0 .4rem;overflow-wrap:anywhere}"
	"h3 .to{font-weight:400;color:#5b6472}"
	"p{margin:.35rem 0}"
	".verdict{border:1px solid #c9cfd8;border-left:.5rem solid #5b6472;border-radius:.3rem;padding:1.1rem 1.4rem;"
	"margin:1rem 0 1.4rem}"
	".verdict .grade{font-weight:700;font-size:.85rem;text-transform:uppercase;letter-spacing:.06em}"
	".verdict .words{font-size:1.35rem;line-height:1.35;font-weight:600;margin:.3rem 0}"
	".good{border-left-color:#1c7c45}.good .grade{color:#1c7c45}"
	".gaps{border-left-color:#b3261e}.gaps .grade{color:#b3261e}"
	".open{border-left-color:#a15c00}.open .grade{color:#a15c00}"
	"table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem;font-size:.87rem;"
	"font-variant-numeric:tabular-nums}"
	"th,td{text-align:left;vertical-align:top;padding:.28rem .6rem .28rem 0;border-bottom:1px solid #e1e5ea;"
	"overflow-wrap:anywhere}"
	"th{font-weight:600;color:#5b6472;font-size:.78rem;border-bottom:1px solid #9aa3b0;overflow-wrap:normal}"
	"td.n,th.n{text-align:right;white-space:nowrap;padding-right:1rem}"
	"table.facts{width:auto}table.facts th{width:15rem;padding-right:1.5rem;border-bottom:1px solid #e1e5ea;"
	"font-size:.87rem}"
	"td.sum{font-weight:600}tfoot td{border-top:1px solid #9aa3b0;border-bottom:0}"
	".bad{color:#b3261e;font-weight:600}.warn{color:#a15c00}.ok{color:#1c7c45}.dim{color:#5b6472}"
	"ol.items{list-style:none;margin:.3rem 0 1rem;padding:0}"
	"ol.items li{border-left:3px solid #e3b5b2;padding:.15rem 0 .15rem .8rem;margin:.55rem "
	"0;overflow-wrap:anywhere;"
	"font-size:.9rem}"
	"ol.items li.note{border-left-color:#c9cfd8}"
	".subject{font-weight:600}.id{font-family:ui-monospace,'DejaVu Sans Mono',Consolas,monospace;font-size:.82em;"
	"color:#5b6472}"
	".remedy::before{content:'\\2192\\00a0'}"
	"footer{margin-top:3rem;color:#5b6472;font-size:.8rem;border-top:1px solid #e1e5ea;padding-top:.8rem}"
	"@page{size:A4;margin:16mm 14mm}"
	"@media print{html{font-size:10.5px}body{max-width:none;padding:0}h2{margin-top:1.6rem}"
	"h2,h3,.verdict{break-after:avoid}li,tr,.verdict{break-inside:avoid}thead{display:table-header-group}tfoot{"
	"display:table-row-group}"
	".page{break-before:page}.verdict,.bad,.ok,.warn{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";

void html_begin(FILE *to, const char *title) {
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	      "'unsafe-inline'\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
	      "<meta name=\"referrer\" content=\"no-referrer\"/>\n",
	      to);
	html_element(to, "title", NULL, title);
	fprintf(to, "\n<style>%s</style></head>\n<body>\n", style);
}

void html_end(FILE *to) { fputs("</body></html>\n", to); }
