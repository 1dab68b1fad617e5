#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# e2e_admin.sh - one admin login that opens every mailbox, at servers that also offer CRAM-MD5 and say GSSAPI:
# the mailbox that was named is opened, and no other.
set -u
. "$(dirname "$0")/../servers/pair.sh"

said='IMAP4rev1 SASL-IR LITERAL+ UIDPLUS MULTIAPPEND NAMESPACE SPECIAL-USE LIST-STATUS AUTH=GSSAPI AUTH=CRAM-MD5 AUTH=PLAIN'
server "$S" --master migrator --mechs 'cram-md5 plain login' --capability "$said"
server "$T" --role target --master migrator --mechs 'cram-md5 plain login' --capability "$said"
for u in anna bob; do "$load" "$S" $u folder INBOX --seed ${#u} --count 15; done
"$load" "$S" migrator folder INBOX --seed 9 --count 3 # the admin's own mail must not be touched

(umask 077 && printf 'masterpass' > "$place/admin.password")
holds "target settings" mailvan target set --server "$(imaps "$T")" --ca "$CA" --admin-style authzid \
	--admin migrator --password-file "$place/admin.password"
{
	echo 'SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity'
	for u in anna bob; do echo "$u@old.example,$(imaps "$S"),$u*migrator,masterpass,$u"; done
} > "$place/list.csv"
holds "the list needs no target columns" mailvan add "$place/list.csv" --source-ca "$CA"
holds "both logins work" mailvan test --all
holds "everything moves" mailvan migrate --all --wait
for u in anna bob; do
	same_files "$u's mail is in $u's mailbox" <(holdings "$S" $u) <(holdings "$T" $u)
done
same "the admin's mailbox got nothing" 0 "$(message_count "$T" migrator)"
methods() { sed -nE "s/.*Login: user=<$2>, method=([A-Z0-9-]+).*/\1/p" "$1/dovecot.log" | grep -v "^LOGIN$" | sort -u; }
for u in anna bob; do
	# LOGIN is the checker's own.
	same "$u: the only method that was used is PLAIN" "PLAIN PLAIN" "$(methods "$S" $u) $(methods "$T" $u)"
done

# The same with the login made by a template.
holds "a template" mailvan target set --server "$(imaps "$T")" --ca "$CA" \
	--admin-style '{user}*{admin}' --admin migrator --password-file "$place/admin.password"
"$load" "$S" carla folder INBOX --seed 3 --count 4
echo "carla@old.example,$(imaps "$S"),carla,pass,carla" |
	cat <(echo 'SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity') - > "$place/second.csv"
holds "another row" mailvan add "$place/second.csv" --source-ca "$CA"
holds "it moves" mailvan migrate carla@old.example --wait
same_files "carla's mail is in carla's mailbox" <(holdings "$S" carla) <(holdings "$T" carla)
finish
