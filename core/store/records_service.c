/* SPDX-License-Identifier: MIT
 *
 * records_service.c - the lists of service health, announcements and feeds, column by column.
 */
#include "core/store/records.h"
static const struct record_column announcements_columns[] = {
	{ "id", "Id", "r.code", CELL_TEXT, 9, 0, 0 },
	{ "unread", "New", "r.seen = 0", CELL_YES, 4, 0, 0 },
	{ "title", "Title", "r.title", CELL_TEXT, 30, 4, 0 },
	{ "severity", "Severity", "r.severity", CELL_TEXT, 8, 0, 3 },
	{ "category", "Category", "r.category", CELL_TEXT, 14, 0, 4 },
	{ "services", "Services", "r.services", CELL_TEXT, 16, 1, 2 },
	{ "actBy", "Act by", "r.act_by", CELL_TIME, 16, 0, 5 },
	{ "modified", "Changed", "r.modified", CELL_TIME, 16, 0, 1 },
	{ "majorChange", "Major", "r.major", CELL_YES, 5, 0, RANK_DETAIL },
	{ "start", "Start", "r.started", CELL_TIME, 16, 0, RANK_DETAIL },
	{ "end", "End", "r.ended", CELL_TIME, 16, 0, RANK_DETAIL },
	{ "body", "Text", "r.body", CELL_LINES, 30, 0, RANK_DETAIL },
};
static const struct record_filter announcements_filters[] = {
	{ "unread", "Unread", "r.seen = 0" },
	{ "act", "Action required", "r.act_by > 0" },
	{ "exchange", "Exchange Online", "r.services LIKE '%Exchange%'" },
};
const struct record_list record_announcements = {
	.name = "announcements",
	.title = "Announcements",
	.object = "announcement",
	.from = "announcement r",
	.label = "r.code",
	.search = "r.code || ' ' || r.title || ' ' || r.services",
	.refresh = "refresh-announcements",
	.seen = "announcement",
	.order = "r.seen, r.modified DESC",
	.empty = "No announcements yet.",
	.columns = announcements_columns,
	.column_count = sizeof announcements_columns / sizeof announcements_columns[0],
	.filters = announcements_filters,
	.filter_count = sizeof announcements_filters / sizeof announcements_filters[0],
	.sort = 1,
	.descending = true,
};

static const struct record_column health_columns[] = {
	{ "id", "Id", "r.code", CELL_TEXT, 9, 0, 4 },
	{ "service", "Service", "r.service", CELL_TEXT, 16, 1, 1 },
	{ "title", "Title", "r.title", CELL_TEXT, 26, 4, 0 },
	{ "status", "Status", "r.status", CELL_TEXT, 18, 0, 0 },
	{ "classification", "Class", "r.classification", CELL_TEXT, 9, 0, 3 },
	{ "resolved", "Resolved", "r.resolved", CELL_YES, 8, 0, 2 },
	{ "start", "Start", "r.started", CELL_TIME, 16, 0, 4 },
	{ "end", "End", "r.ended", CELL_TIME, 16, 0, 5 },
	{ "feature", "Feature", "r.feature", CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "modified", "Changed", "r.modified", CELL_TIME, 16, 0, RANK_DETAIL },
	{ "unread", "New", "r.seen = 0", CELL_YES, 4, 0, RANK_DETAIL },
	{ "body", "Text", "r.body", CELL_LINES, 30, 0, RANK_DETAIL },
};
static const struct record_filter health_filters[] = {
	{ "open", "Not resolved", "r.resolved = 0" },
	{ "exchange", "Exchange Online", "r.service = 'Exchange Online'" },
	{ "unread", "Unread", "r.seen = 0" },
};
const struct record_list record_health = {
	.name = "health",
	.title = "Service health",
	.object = "issue",
	.from = "issue r",
	.label = "r.code",
	.search = "r.code || ' ' || r.title || ' ' || r.service",
	.refresh = "refresh-health",
	.seen = "issue",
	.empty = "No incidents known.",
	.columns = health_columns,
	.column_count = sizeof health_columns / sizeof health_columns[0],
	.filters = health_filters,
	.filter_count = sizeof health_filters / sizeof health_filters[0],
	.sort = 6,
	.descending = true,
};

static const struct record_column feed_columns[] = {
	{ "title", "Title", "r.title", CELL_TEXT, 30, 4, 0 },
	{ "unread", "New", "r.seen = 0", CELL_YES, 4, 0, 0 },
	{ "feed", "Feed", "f.title", CELL_TEXT, 16, 1, 1 },
	{ "published", "Published", "r.published", CELL_TIME, 16, 0, 1 },
	{ "link", "Link", "r.link", CELL_TEXT, 20, 0, RANK_DETAIL },
	{ "body", "Text", "r.body", CELL_LINES, 30, 0, RANK_DETAIL },
	{ "guid", "Id", "r.guid", CELL_TEXT, 20, 0, RANK_DETAIL },
};
static const struct record_filter feed_filters[] = {
	{ "unread", "Unread", "r.seen = 0" },
};
const struct record_list record_feed = {
	.name = "feed",
	.title = "Feeds",
	.object = "entry",
	.from = "feed_item r JOIN feed f ON f.id = r.feed",
	.label = "r.guid",
	.search = "r.title || ' ' || f.title",
	.refresh = "refresh-feeds",
	.seen = "feed_item",
	.order = "r.seen, r.published DESC",
	.empty = "No feed yet: `mailvan service feed add URL` follows one.",
	.columns = feed_columns,
	.column_count = sizeof feed_columns / sizeof feed_columns[0],
	.filters = feed_filters,
	.filter_count = sizeof feed_filters / sizeof feed_filters[0],
	.sort = 3,
	.descending = true,
	.any_tenant = true,
};
