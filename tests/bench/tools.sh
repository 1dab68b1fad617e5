# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# tools.sh - for bench.sh to source: how each tool moves a list of mailboxes, and how it is known that they arrived.
#
# A run is described by: $sp and $tp (ports of source and target), $security (none or tls), $jobs (mailboxes at once),
# $sources and $targets (arrays of users), $target (the target's server directory), $work (a directory on disk that is
# the tool's own in this run). What the tools say goes to $place/out, what they cost to $place/cost.
measured() { "$BUILD/tests/bench/measure" "$place/cost" "${masters[@]}" "$@" < /dev/null >> "$place/out" 2>&1; }

bench_header='SourceIdentity,SourceServer,SourceLoginID,SourcePassword,SourceProtocol,SourceSecurity,TargetIdentity'
bench_header+=',TargetServer,TargetSecurity,TargetLoginID,TargetPassword'
by_mailvan() {
	local i ca=()
	P=$work/project
	[ "$security" = none ] || ca=(--source-ca "$CA" --target-ca "$CA")
	if [ ! -e "$P" ]; then
		{
			echo "$bench_header"
			for i in "${!sources[@]}"; do
				echo "${sources[i]}@old.example,127.0.0.1:$sp,${sources[i]},pass,${proto:-imap},$security,${targets[i]}@new.example,127.0.0.1:$tp,$security,${targets[i]},pass"
			done
		} > "$place/list.csv"
		mailvan add "$place/list.csv" "${ca[@]}" >> "$place/out" 2>&1 || return
	fi
	measured "$MAILVAN" --project "$P" migrate --all --wait --jobs "$jobs"
}

mbsync_side() { # NAME PORT USER
	printf 'IMAPAccount %s\nHost localhost\nPort %s\nUser %s\nPass pass\n' "$1" "$2" "$3"
	if [ "$security" = none ]; then
		printf 'SSLType None\nAuthMechs LOGIN\n'
	else
		printf 'SSLType IMAPS\nCertificateFile %s\nSystemCertificates no\nAuthMechs PLAIN\n' "$CA"
	fi
	printf '\nIMAPStore %s\nAccount %s\n\n' "$1" "$1"
}
# One process for each mailbox, as many at once as mailvan has jobs; its state is on disk like mailvan's.
by_mbsync() {
	local i
	for i in "${!sources[@]}"; do
		mkdir -p "$work/$i"
		{
			mbsync_side old "$sp" "${sources[i]}"
			mbsync_side new "$tp" "${targets[i]}"
			printf 'Channel move\nFar :old:\nNear :new:\nPatterns *\nSync Pull New\nCreate Near\n'
			printf 'CopyArrivalDate yes\nSyncState %s/\n' "$work/$i"
		} > "$work/$i.rc"
	done
	if [ ${#sources[@]} = 1 ]; then
		measured mbsync -q -c "$work/0.rc" -a
	else
		measured xargs -a <(printf '%s\n' "${!sources[@]}") -P "$jobs" -I '{}' mbsync -q -c "$work/{}.rc" -a
	fi
}

# Reads by IMAP, but writes the target's files itself: no server in between, no header of its own.
by_doveadm() {
	local options=(-o imapc_host=127.0.0.1 -o "imapc_port=$sp" -o imapc_password=pass
		-o 'imapc_features=rfc822.size fetch-headers')
	[ "$security" = none ] || {
		install -m 644 "$CA" "$place/ca.pem" # it reads this as the mail's owner
		options+=(-o imapc_ssl=imaps -o "ssl_client_ca_file=$place/ca.pem")
	}
	# shellcheck disable=SC2016 # the inner shell's variables
	measured xargs -a <(paste -d ' ' <(printf '%s\n' "${sources[@]}") <(printf '%s\n' "${targets[@]}")) -P "$jobs" -n 2 \
		bash -c 'a=("$@"); exec doveadm "${a[@]:0:$#-2}" -o "imapc_user=${a[$#-2]}" backup -R -u "${a[$#-1]}" imapc:' \
		_ -c "$target/dovecot.conf" "${options[@]}"
}

# How fast the two servers are with a client that costs nothing: limit.c; WAY is --single or --multi.
by_limit() { # WAY
	local i options=(--jobs "$jobs") pairs=()
	[ "$security" = none ] || options+=(--tls)
	[ "$1" = --multi ] || options+=(--single)
	[ "${proto-imap}" = imap ] || options+=(--pop3 "$sp")
	for i in "${!sources[@]}"; do pairs+=("${sources[i]}" "${targets[i]}"); done
	"$BUILD/tests/bench/limit" "${options[@]}" "${limit_sp:-$sp}" "$tp" "${pairs[@]}" > "$place/limit" 2>> "$place/out" &&
		awk '{ print $1, 0, 0, 0, 0, 0, 2 }' "$place/limit" > "$place/cost"
}
by_limit_multi() { by_limit --multi; }
by_limit_single() { by_limit --single; }

# mpop stores to a local Maildir, on the same file system as the servers' mail.
by_mpop() {
	mkdir -p "$target/home/${targets[0]}"/{cur,new,tmp}
	measured mpop -q --file=/dev/null --host=127.0.0.1 --port="$sp" --user="${sources[0]}" --passwordeval='echo pass' \
		--auth=user --tls=off --keep=on --uidls-file="$work/uidls" --delivery="maildir,$target/home/${targets[0]}"
}

# What a source holds is looked at once; this also fills the server's caches, for every tool alike.
known_source() { # USER -> a file
	local file=$place/holds.$1
	[ -s "$file" ] || holdings "$S" "$1" > "$file"
	echo "$file"
}
source_has() { # USER COUNT : nothing that equals nothing proves nothing
	local found
	found=$(messages_only < "$(known_source "$1")" | wc -l)
	[ "$found" = "$2" ] && return
	note "$1 should have $2 messages to begin with, but has $found"
	exit 1
}
# mailvan: folders, flags, dates and bytes are equal. By POP3 there are no flags, and dates are the Received header's.
# The others: equal counts in each folder, because mbsync adds a header to each message, and the limit sets nothing.
arrived() { # TOOL
	local i source folders='$1'
	[ "${proto-imap}" = imap ] || folders='"INBOX"'
	for i in "${!sources[@]}"; do
		source=$(known_source "${sources[i]}")
		case $1 in
		mpop) echo "INBOX $(find "$target/home/${targets[i]}/new" -type f | wc -l)" > "$place/there" ;;
		*) holdings "$target" "${targets[i]}" > "$place/there" ;;
		esac
		case $1-${proto-imap} in
		mailvan-imap) diff "$source" "$place/there" ;;
		mailvan-pop3) diff <(messages_only < "$source" | cut -f 4 | LC_ALL=C sort) <(cut -f 4 "$place/there" | LC_ALL=C sort) ;;
		mpop-*) diff <(folder_counts "$folders" < "$source") "$place/there" ;;
		*) diff <(folder_counts "$folders" < "$source") <(folder_counts '$1' < "$place/there") ;;
		esac >> "$place/out" || return
	done
}
folder_counts() { # FIELD : of holdings
	messages_only | awk -F '\t' '{ n['"$1"']++ } END { for (f in n) print f, n[f] }' | LC_ALL=C sort
}
