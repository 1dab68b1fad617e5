#!/bin/bash
# SPDX-License-Identifier: MIT
#
# dovecot.sh - private, real Dovecot servers on 127.0.0.1 for tests and the demo.
#
#   dovecot.sh start DIR [OPTION]...   start one that lives in DIR alone; DIR/env tells its ports
#   dovecot.sh stop DIR                stop it (the mail stays)
#   dovecot.sh load DIR USER FOLDER [-f FLAGS] [-k KEYWORD,...] [-d DATE] FILE...
#                                      save messages; -f "SRFTD" (Maildir letters), -k and -d hold until
#                                      given again; FOLDER as doveadm writes it (UTF-8), made when missing
#   dovecot.sh folder DIR USER FOLDER...  make and subscribe empty folders
#   dovecot.sh dump DIR USER           FOLDER <tab> UID <tab> FLAGS <tab> INTERNALDATE <tab> SHA-256, sorted
#   dovecot.sh adm DIR ARG...          doveadm on that server
#
# Every user exists and has the password "pass". Options of start:
#   --role source|target   source (default): Maildir with '.'; target: sdbox with '/'
#   --format maildir|sdbox   --sep C   --prefix P (e.g. INBOX.)
#   --special-use LIST     e.g. Sent=Sent,Drafts=Drafts,Trash=Trash,Junk=Junk (NAME=ATTRIBUTE without '\')
#   --master NAME          NAME with password "masterpass" opens every mailbox: user*NAME, or PLAIN with authzid
#   --wrong USER           this user's password is not "pass" (repeatable)
#   --mechs LIST           default "plain login"; add cram-md5, gssapi, xoauth2, ...
#   --max-conn N           mail_max_userip_connections (default 1000)
#   --capability TEXT      what IMAP announces instead of its own list, after login too
#   --quota SIZE           e.g. 1M
#   --cert NAME            certificate of certs.sh (default good)
#   --certs DIR            share certificates between servers (default DIR/certs)
#   --fsync                really sync (default: never)
#   --set 'KEY = VALUE'    any other line of dovecot.conf (repeatable)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die() {
	echo "dovecot.sh: $*" >&2
	exit 1
}

parse_start() {
	format='' sep='' prefix='' special='' master='' mechs='plain login' maxconn=1000 capability='' quota=''
	cert=good certs='' fsync=never role=source extra=() wrong=() missing=''
	while [ $# -gt 0 ]; do
		case $1 in
		--fsync) fsync=optimized && shift && continue ;;
		--*) [ $# -ge 2 ] || die "$1 needs a value" ;;
		*) die "what is '$1'?" ;;
		esac
		case $1 in
		--role) role=$2 ;;
		--format) format=$2 ;;
		--sep) sep=$2 ;;
		--prefix) prefix=$2 ;;
		--special-use) special=$2 ;;
		--master) master=$2 ;;
		--wrong) wrong+=("$2") ;;
		--mechs) mechs=$2 ;;
		--max-conn) maxconn=$2 ;;
		--capability) capability=$2 ;;
		--quota) quota=$2 ;;
		--cert) cert=$2 ;;
		--certs) certs=$2 ;;
		--set) extra+=("$2") ;;
		*) die "unknown option $1" ;;
		esac
		shift 2
	done
	case $role in
	source) : "${format:=maildir}" "${sep:=.}" ;;
	target) : "${format:=sdbox}" "${sep:=/}" ;;
	*) die "--role is source or target" ;;
	esac
	case $format in maildir | sdbox) ;; *) die "--format is maildir or sdbox" ;; esac
}

# Root may not own mail in Dovecot, so mail then belongs to nobody and DIR must be passable.
pick_users() {
	if [ "$(id -u)" = 0 ]; then
		internal=dovecot login=dovenull group=dovecot mail=nobody
		chmod a+x "$dir"
		install -d -o nobody -m 755 "$dir/home"
	else
		internal=$(id -un) login=$internal group=$(id -gn) mail=$internal
		mkdir -p "$dir/home"
	fi
}

conf_static() { # PASSWORD USERS
	printf 'passdb {\n driver = static\n args = password=%s\n username_filter = %s\n}\n' "$1" "$2"
}

conf_passdbs() {
	local user filter='*'
	for user in "${wrong[@]}"; do
		filter+=" !$user"
		conf_static not-the-usual-one "$user"
	done
	if [ -n "$master" ]; then
		printf '%s:{PLAIN}masterpass::::::\n' "$master" >"$dir/master"
		printf 'auth_master_user_separator = *\n'
		printf 'passdb {\n driver = passwd-file\n args = %s\n master = yes\n}\n' "$dir/master"
	fi
	conf_static pass "$filter"
	printf 'userdb {\n driver = static\n args = uid=%s gid=%s home=%s/home/%%u\n}\n' \
		"$(id -u "$mail")" "$(id -g "$mail")" "$dir"
}

conf_namespace() {
	local pair
	printf 'namespace inbox {\n inbox = yes\n separator = %s\n prefix = %s\n' "$sep" "$prefix"
	for pair in ${special//,/ }; do
		printf ' mailbox "%s" {\n  special_use = \\%s\n  auto = subscribe\n }\n' "${pair%%=*}" "${pair#*=}"
	done
	printf '}\n'
}

# Debian has GSSAPI in a package of its own (dovecot-gssapi). Without it the mechanism is announced all the
# same, and refused when it is tried: what matters is that a client does not fall for it.
missing_mechs() {
	case " ${mechs,,} " in
	*' gssapi '*) [ -e /usr/lib/dovecot/modules/auth/libmech_gssapi.so ] || missing=gssapi ;;
	esac
}

conf_capability() {
	[ -z "$missing" ] || capability="${capability:-+}${capability:+ }AUTH=GSSAPI"
	[ -z "$capability" ] || printf 'imap_capability = %s\n' "$capability"
}

conf_listener() { # SERVICE PORT TLS-PORT
	printf 'service %s-login {\n chroot =\n service_count = 0\n client_limit = 4000\n' "$1"
	printf ' inet_listener %s {\n  port = %s\n }\n inet_listener %ss {\n  port = %s\n  ssl = yes\n }\n}\n' \
		"$1" "$2" "$1" "$3"
}

# Left out on purpose: the delays that Dovecot puts on failed logins (auth_failure_delay, anvil's penalty).
conf() { # PORT: the first of four
	cat <<-END
		base_dir = $dir/run
		state_dir = $dir/state
		log_path = $dir/dovecot.log
		instance_name = mailvan-$1
		listen = 127.0.0.1
		protocols = imap pop3
		default_internal_user = $internal
		default_internal_group = $group
		default_login_user = $login
		default_process_limit = 1500
		default_client_limit = 8000
		ssl = yes
		ssl_cert = <$certs/$cert.pem
		ssl_key = <$certs/$cert.key
		disable_plaintext_auth = no
		auth_mechanisms = ${mechs//$missing/}
		auth_failure_delay = 0
		auth_verbose = yes
		first_valid_uid = 1
		mail_fsync = $fsync
		mail_location = $format:~/mail
		mail_max_userip_connections = $maxconn
		service anvil {
		 chroot =
		 unix_listener anvil-auth-penalty {
		  mode = 0
		 }
		}
		service stats {
		 chroot =
		}
	END
	conf_listener imap "$1" $(($1 + 1))
	conf_listener pop3 $(($1 + 2)) $(($1 + 3))
	conf_passdbs
	conf_namespace
	conf_capability
	if [ -n "$quota" ]; then
		printf 'mail_plugins = quota\nprotocol imap {\n mail_plugins = quota imap_quota\n}\n'
		printf 'plugin {\n quota = count:User quota\n quota_vsizes = yes\n'
		printf ' quota_rule = *:storage=%s\n}\n' "$quota"
	fi
	[ ${#extra[@]} = 0 ] || printf '%s\n' "${extra[@]}"
}

# The pid of DIR's server while it lives. The number alone proves nothing: it may be somebody else's by now.
master() {
	local pid
	[ -e "$dir/run/master.pid" ] || return 0
	pid=$(cat "$dir/run/master.pid")
	! tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$dir/dovecot.conf" || echo "$pid"
}

wait_until() { # COMMAND...: true within a second or two
	local i
	for i in {1..50}; do
		"$@" && return
		sleep 0.02
	done
	return 1
}

gone() { # PID...: ended, reaped or not
	local pid stat
	for pid; do
		read -r stat 2>/dev/null <"/proc/$pid/stat" || continue
		[[ $stat == *') Z '* ]] || return 1
	done
}

# Ports from below the ephemeral range; whoever loses a race for one tries others.
start() {
	local port try
	parse_start "$@"
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	[ ${#dir} -le 70 ] || die "$dir is too long for the sockets in it (70 characters)"
	[ -z "$(master)" ] || die "$dir runs already"
	certs=${certs:-$dir/certs}
	"$here/certs.sh" "$certs"
	certs=$(cd "$certs" && pwd)
	pick_users
	missing_mechs
	for try in {1..30}; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 3000 * 4))
		conf $port >"$dir/dovecot.conf"
		if dovecot -c "$dir/dovecot.conf" 2>"$dir/start.err"; then
			wait_until test -s "$dir/run/master.pid" || die "no pid file appeared"
			write_env $port
			return
		fi
		grep -q 'Address already in use' "$dir/start.err" || break
	done
	cat "$dir/start.err" >&2
	die "dovecot did not start (try $try), see $dir/dovecot.log"
}

write_env() {
	printf '%s=%s\n' IMAP_PORT "$1" IMAPS_PORT $(($1 + 1)) POP3_PORT $(($1 + 2)) POP3S_PORT $(($1 + 3)) \
		CA "$certs/ca.pem" CERTS "$certs" CONF "$dir/dovecot.conf" PID "$(master)" \
		>"$dir/env.new"
	mv "$dir/env.new" "$dir/env"
	cat "$dir/env"
}

stop() {
	local pid children
	pid=$(master)
	[ -n "$pid" ] || return 0
	children=$(pgrep -P "$pid" || true)
	# Left to itself the master takes three seconds, and may leave sessions behind that outlive it.
	kill "$pid" $children 2>/dev/null || true
	wait_until gone $children || true
	kill -9 "$pid" $children 2>/dev/null || true
	wait_until gone "$pid" $children
	rm -f "$dir/run/master.pid"
}

doveadm_at() { doveadm -c "$dir/dovecot.conf" "$@"; }

make_folder() { # USER FOLDER
	local out
	out=$(doveadm_at mailbox create -s -u "$1" "$2" 2>&1) || case $out in
	*'already exists'*) ;;
	*) die "cannot create $2 of $1: $out" ;;
	esac
}

# Maildir's own file gives keywords their letters: a is the first line.
add_keywords() { # STAGE KEYWORD,...; sets kwletters
	local word number
	kwletters=''
	for word in ${2//,/ }; do
		number=$(grep -nxF -- "$word" "$1/words" | cut -d: -f1) ||
			{ printf '%s\n' "$word" >>"$1/words" && number=$(wc -l <"$1/words"); }
		kwletters+=$(printf "\\x$(printf %x $((96 + number)))")
	done
}

# The files go into a Maildir with names and times that say flags and dates; a staging user imports them and
# one `doveadm copy` takes them to their folder, whatever its name and format: 2,000 messages in seconds.
load() {
	local user=$1 folder=$2 letters='' date='' kwletters='' n=0 to name
	shift 2
	name=stage-$$-$RANDOM # lower case, as Dovecot makes every user name
	stage=$dir/home/$name
	trap 'rm -rf "$stage"' EXIT
	mkdir -p "$stage/in/cur" "$stage/in/new" "$stage/in/tmp"
	: >"$stage/words"
	while [ $# -gt 0 ]; do
		case $1 in
		-f) letters=$2 && shift 2 && continue ;;
		-d) date=$2 && shift 2 && continue ;;
		-k) add_keywords "$stage" "$2" && shift 2 && continue ;;
		esac
		n=$((n + 1))
		printf -v to '%s/in/cur/%010d.M1P1.stage:2,%s%s' "$stage" $n "$letters" "$kwletters"
		cat -- "$1" >"$to"
		[ -z "$date" ] || touch -d "$date" "$to"
		shift
	done
	awk '{ print NR - 1, $0 }' "$stage/words" >"$stage/in/dovecot-keywords"
	[ "$(id -u)" != 0 ] || chown -R nobody "$stage"
	make_folder "$user" "$folder"
	doveadm_at import -u "$name" "maildir:$stage/in" '' all
	doveadm_at copy -u "$user" "$folder" user "$name" mailbox INBOX all
}

# A small IMAP client of its own, so that the proof does not rest on the code under test.
dump() {
	if [ ! -x "$dir/dump" ]; then
		cc -O1 -D_GNU_SOURCE -o "$dir/dump.$$" "$here/dovecot_dump.c" -lcrypto && mv "$dir/dump.$$" "$dir/dump"
	fi
	. "$dir/env"
	"$dir/dump" "$IMAP_PORT" "$1" "${2:-pass}" | LC_ALL=C sort
}

command=${1:-} dir=${2:-}
[ -n "$dir" ] || die "usage: dovecot.sh start|stop|load|folder|dump|adm DIR ..."
shift 2
case $command in start) ;; *) dir=$(cd "$dir" && pwd) ;; esac
case $command in
start) start "$@" ;;
stop) stop ;;
load) load "$@" ;;
folder) user=$1 && shift && for folder; do make_folder "$user" "$folder"; done ;;
dump) dump "$@" ;;
adm) doveadm_at "$@" ;;
*) die "unknown command $command" ;;
esac
