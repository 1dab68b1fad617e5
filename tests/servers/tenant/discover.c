/* SPDX-License-Identifier: MIT
 *
 * discover.c - autodiscover v2 and POX (F.2), the OPTIONS probe of ActiveSync (F.3), an RSS and an Atom feed.
 */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/tenant/tenant.h"

#define MOBILE "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/"
#define OUTLOOK "http://schemas.microsoft.com/exchange/autodiscover/outlook/"

static bool mailbox_there(struct ask *q, const char *address) {
	return db_int(q->w, "SELECT 1 FROM mailbox WHERE address = ?", "s", address) == 1;
}

static void refuse(struct answer *a, int status, const char *code, const char *text) {
	answer_json(a, status, json_pack("{s:s, s:s}", "ErrorCode", code, "ErrorMessage", text));
}

void autodiscover_json(struct ask *q, struct answer *a) {
	const char *address = q->arg[0][0] ? q->arg[0] : ask_query(q, "Email"), *protocol = ask_query(q, "Protocol");
	static const struct {
		const char *name, *path;
	} protocols[] = { { "ActiveSync", "/Microsoft-Server-ActiveSync" },
			  { "AutodiscoverV1", "/autodiscover/autodiscover.xml" },
			  { "Ews", "/EWS/Exchange.asmx" },
			  { "Rest", "/api" } };
	char url[200];
	if (!address || !strchr(address, '@'))
		refuse(a, 400, "InvalidEmailAddress", "The e-mail address is missing or not valid.");
	else if (!protocol)
		refuse(a, 400, "MissingProtocol", "A valid value must be provided for the query parameter 'Protocol'");
	else if (!mailbox_there(q, address))
		refuse(a, 404, "UserNotFound", "The given user does not exist.");
	else {
		for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
			if (strcasecmp(protocol, protocols[i].name) == 0) {
				snprintf(url, sizeof url, "%s%s", q->w->base, protocols[i].path);
				answer_json(a, 200, json_pack("{s:s, s:s}", "Protocol", protocols[i].name, "Url", url));
				return;
			}
		refuse(a, 400, "ProtocolNotSupported", "The given protocol value is not supported.");
	}
}

static void pox(struct answer *a, const char *inside) {
	char text[4000];
	int n = snprintf(
		text, sizeof text,
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Autodiscover "
		"xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006\">%s</Autodiscover>",
		inside);
	answer_text(a, 200, "text/xml; charset=utf-8", text, (size_t)n);
}

static void pox_error(struct answer *a, int code, const char *text) {
	char inside[500];
	snprintf(inside, sizeof inside,
		 "<Response><Error Time=\"08:00:00.0000000\" Id=\"1\"><ErrorCode>%d</ErrorCode><Message>%s"
		 "</Message><DebugData/></Error></Response>",
		 code, text);
	pox(a, inside);
}

static char *child_text(xmlNode *request, const char *ns, const char *name) {
	for (xmlNode *n = request ? request->children : NULL; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0 && n->ns &&
		    strcmp((const char *)n->ns->href, ns) == 0)
			return (char *)xmlNodeGetContent(n);
	return NULL;
}

static void mobile_answer(struct ask *q, struct answer *a, const char *address) {
	char inside[3000];
	snprintf(inside, sizeof inside,
		 "<Response xmlns=\"" MOBILE
		 "responseschema/2006\"><Culture>en:us</Culture><User><DisplayName>%s</DisplayName>"
		 "<EMailAddress>%s</EMailAddress></User><Action><Settings><Server><Type>MobileSync</Type><Url>%s/"
		 "Microsoft-Server-ActiveSync"
		 "</Url><Name>%s/Microsoft-Server-ActiveSync</Name></Server></Settings></Action></Response>",
		 address, address, q->w->base, q->w->base);
	pox(a, inside);
}

static void outlook_answer(struct ask *q, struct answer *a, const char *address) {
	char inside[3000];
	snprintf(inside, sizeof inside,
		 "<Response xmlns=\"" OUTLOOK
		 "responseschema/2006a\"><User><DisplayName>%s</DisplayName><AutoDiscoverSMTPAddress>%s"
		 "</AutoDiscoverSMTPAddress></User><Account><AccountType>email</AccountType><Action>settings</"
		 "Action><Protocol><Type>EXHTTP"
		 "</Type><Server>outlook.office365.com</Server><ASUrl>%s/EWS/Exchange.asmx</ASUrl></Protocol></"
		 "Account></Response>",
		 address, address, q->w->base);
	pox(a, inside);
}

void autodiscover_pox(struct ask *q, struct answer *a) {
	xmlDoc *doc = strncasecmp(ask_header(q, "content-type"), "text/xml", 8) == 0
			      ? xmlReadMemory(q->raw, (int)q->raw_len, NULL, NULL,
					      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)
			      : NULL;
	xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL, *request = NULL;
	const char *ns = root && root->ns ? (const char *)root->ns->href : "";
	bool mobile = strcmp(ns, MOBILE "requestschema/2006") == 0,
	     outlook = strcmp(ns, OUTLOOK "requestschema/2006") == 0;
	for (xmlNode *n = root ? root->children : NULL; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, "Request") == 0)
			request = n;
	char *address = child_text(request, ns, "EMailAddress"),
	     *schema = child_text(request, ns, "AcceptableResponseSchema");
	/* F.2: namespaces are http://, and no white space around the value. */
	if (!(mobile || outlook) || !address || !schema)
		pox_error(a, 600, "Invalid Request");
	else if (strcmp(schema, mobile ? MOBILE "responseschema/2006" : OUTLOOK "responseschema/2006a") != 0)
		pox_error(a, 601, "Provider is not available");
	else if (!mailbox_there(q, address))
		pox_error(a, 500, "The e-mail address cannot be found.");
	else if (mobile)
		mobile_answer(q, a, address);
	else
		outlook_answer(q, a, address);
	xmlFree(address);
	xmlFree(schema);
	xmlFreeDoc(doc);
}

void activesync_options(struct ask *q, struct answer *a) {
	(void)q;
	answer_text(a, 200, "text/plain", "", 0);
	answer_header(a, "MS-Server-ActiveSync", "15.20");
	answer_header(a, "MS-ASProtocolVersions", "2.5,12.0,12.1,14.0,14.1,16.0,16.1");
	answer_header(a, "MS-ASProtocolCommands",
		      "Sync,SendMail,SmartForward,SmartReply,GetAttachment,FolderSync,Ping,Provision,Search");
	answer_header(a, "Allow", "OPTIONS,POST");
	answer_header(a, "Public", "OPTIONS,POST");
}

static const char RSS[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel><title>Service news</title>"
	"<link>https://status.contoso.test/</link><description>What goes on</description>"
	"<item><guid isPermaLink=\"false\">n-3</guid><title>Exchange &amp; Outlook: mail is late</title>"
	"<link>https://status.contoso.test/n-3</link><pubDate>Fri, 20 Nov 2026 09:30:00 GMT</pubDate>"
	"<description><![CDATA[<p>Mail from <b>outside</b> arrives "
	"late.</p><script>alert(1)</script>]]></description></item>"
	"<item><guid isPermaLink=\"false\">n-2</guid><title>Wartung am Wochenende \xE2\x80\x93 M\xC3\xBCnchen</title>"
	"<pubDate>Mon, 16 Nov 2026 18:00:00 +0100</pubDate><description>Nothing to do.</description></item>"
	"<item><title>Without a guid</title><link>https://status.contoso.test/n-1</link></item></channel></rss>";
static const char ATOM[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Roadmap</title>"
	"<id>urn:contoso:roadmap</id><updated>2026-11-22T08:00:00Z</updated>"
	"<entry><id>urn:contoso:roadmap:2</id><title type=\"html\">IMAP: &lt;b&gt;TLS 1.2&lt;/b&gt; only</title>"
	"<link rel=\"alternate\" href=\"https://status.contoso.test/r-2\"/><updated>2026-11-22T08:00:00Z</updated>"
	"<content "
	"type=\"html\">&lt;table&gt;&lt;tr&gt;&lt;td&gt;from&lt;/td&gt;&lt;td&gt;2026-12-31&lt;/td&gt;&lt;/tr&gt;&lt;/"
	"table&gt;</content></entry>"
	"<entry><id>urn:contoso:roadmap:1</id><title>Bigger mailboxes</title><updated>2026-11-01T08:00:00Z</updated>"
	"<summary>100 GB for Business plans.</summary></entry></feed>";

void feed_get(struct ask *q, struct answer *a) {
	if (strcmp(q->arg[0], "rss.xml") == 0)
		answer_text(a, 200, "application/rss+xml; charset=utf-8", RSS, sizeof RSS - 1);
	else if (strcmp(q->arg[0], "atom.xml") == 0)
		answer_text(a, 200, "application/atom+xml; charset=utf-8", ATOM, sizeof ATOM - 1);
	else
		answer_text(a, 404, "text/plain", "", 0);
}
