/* SPDX-License-Identifier: MIT
 *
 * non_mail.c - the table of names, one row for each kind of folder.
 */
#include "core/work/non_mail.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define NAMES_MAX 12

/* English, German, French, Spanish, Italian, Dutch, Portuguese, Polish; a name that several share stands once. */
static const struct {
	const char *holds;
	const char *names[NAMES_MAX];
} kinds[] = {
	{ "appointments", { "Calendar", "Kalender", "Calendrier", "Calendario", "Agenda", "Calendário", "Kalendarz" } },
	{ "contacts", { "Contacts", "Kontakte", "Contactos", "Contatti", "Contactpersonen", "Contatos", "Kontakty" } },
	{ "contacts", { "Suggested Contacts", "Vorgeschlagene Kontakte", "ExternalContacts", "PersonMetadata" } },
	{ "tasks", { "Tasks", "Aufgaben", "Tâches", "Tareas", "Attività", "Taken", "Tarefas", "Zadania" } },
	{ "notes", { "Notes", "Notizen", "Notas", "Note", "Notities", "Anotações", "Notatki" } },
	{ "journal entries", { "Journal", "Diario", "Logboek", "Diário", "Dziennik" } },
	{ "mail that waits to be sent",
	  { "Outbox", "Postausgang", "Boîte d'envoi", "Bandeja de salida", "Posta in uscita", "Postvak UIT",
	    "Caixa de Saída", "Skrzynka nadawcza" } },
	{ "notes of synchronisation",
	  { "Sync Issues", "Synchronisierungsprobleme", "Problèmes de synchronisation", "Problemas de sincronización",
	    "Problemi di sincronizzazione", "Synchronisatieproblemen", "Problemas de Sincronização",
	    "Problemy z synchronizacją" } },
	{ "conversations of a messenger",
	  { "Conversation History", "Aufgezeichnete Unterhaltungen", "Verlauf der Unterhaltung",
	    "Historique des conversations", "Historial de conversaciones", "Cronologia conversazioni",
	    "Gespreksgeschiedenis", "Histórico de Conversas", "Historia konwersacji" } },
	{ "settings of a program", { "Conversation Action Settings", "Quick Step Settings", "Yammer Root" } },
};

const char *non_mail_kind(const char *display) {
	size_t n = strcspn(display, "/");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		for (size_t k = 0; k < NAMES_MAX && kinds[i].names[k]; k++)
			if (strlen(kinds[i].names[k]) == n && strncasecmp(kinds[i].names[k], display, n) == 0)
				return kinds[i].holds;
	return NULL;
}
