#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bench.sh - `make bench`: one mailbox of 2,000 messages and 112 MB, near and with 30 ms of distance each way, by
# mailvan and by Debian's mbsync, between the same servers in the same run, into an empty account each time.
# Medians of RUNS (3). What arrived is compared with the source, so that speed is
# never bought with mail.
set -u
. "$(dirname "$0")/../servers/pair.sh"
runs=${RUNS:-3} count=${COUNT:-2000} bytes=${BYTES:-112000000} delay=${DELAY:-30}

server "$S"
server "$T" --role target
"$load" "$S" src folder INBOX --seed 1 --count "$count" --total "$bytes"
"$dovecot" adm "$S" flags remove -u src '\Deleted' mailbox INBOX all # mbsync leaves those out
holdings "$S" src | cut -f 4 | LC_ALL=C sort > "$place/source"
size=$(du -cb "$S/home/src/mail/cur" "$S/home/src/mail/new" | tail -n 1 | cut -f 1)
start_proxy --delay "$delay" "$(port "$S" IMAPS_PORT)" "$(port "$T" IMAPS_PORT)"
wait_until 5 [ "$(wc -l < "$place/proxy.log")" = 2 ]
far_s=$(sed -n 1p "$place/proxy.log") far_t=$(sed -n 2p "$place/proxy.log")
measure=$BUILD/tests/bench/measure

by_mailvan() { # RESULT SOURCE-PORT TARGET-PORT TARGET-USER
	P=$place/project-$4
	{ echo "$header"; row src "imaps://127.0.0.1:$2" "$4"; } > "$place/list.csv"
	mailvan add "$place/list.csv" --target-server "imaps://127.0.0.1:$3" --target-ca "$CA" --source-ca "$CA" > "$place/out" 2>&1 &&
		"$measure" "$1" "$MAILVAN" --project "$P" migrate --all --wait < /dev/null > "$place/out" 2>&1
}
by_mbsync() {
	mkdir -p "$place/sync-$4"
	cat > "$place/mbsyncrc" <<-END
		IMAPAccount old
		Host localhost
		Port $2
		User src
		Pass pass
		SSLType IMAPS
		CertificateFile $CA
		SystemCertificates no
		AuthMechs PLAIN

		IMAPAccount new
		Host localhost
		Port $3
		User $4
		Pass pass
		SSLType IMAPS
		CertificateFile $CA
		SystemCertificates no
		AuthMechs PLAIN

		IMAPStore old
		Account old

		IMAPStore new
		Account new

		Channel move
		Far :old:
		Near :new:
		Sync Pull New
		Create Near
		CopyArrivalDate yes
		SyncState $place/sync-$4/
	END
	"$measure" "$1" mbsync -q -c "$place/mbsyncrc" -a < /dev/null > "$place/out" 2>&1
}
arrived() { # TOOL USER : mbsync puts a header of its own into each message, so those can only be counted
	holdings "$T" "$2" | messages_only | cut -f 4 | LC_ALL=C sort > "$place/target"
	if [ "$1" = mbsync ]; then
		[ "$(wc -l < "$place/target")" = "$(wc -l < "$place/source")" ]
	else
		diff "$place/source" "$place/target" >> "$place/out"
	fi
}
median() { sort -n -k "$2" "$1" | awk -v k="$2" '{ v[NR] = $k } END { print v[int((NR + 1) / 2)] }'; }

for run in $(seq "$runs"); do
	for where in near far; do
		ports=("$(port "$S" IMAPS_PORT)" "$(port "$T" IMAPS_PORT)")
		[ $where = near ] || ports=("$far_s" "$far_t")
		for tool in mailvan mbsync; do
			user=$tool-$where-$run
			if ! "by_$tool" "$place/cost" "${ports[@]}" "$user" || ! arrived "$tool" "$user"; then
				echo "$tool, $where: it failed, or not all has arrived:" >&2
				tail -n 20 "$place/out" >&2
				exit 1
			fi
			cat "$place/cost" >> "$place/$tool.$where"
			rm -rf "${T:?}/home/$user"
		done
	done
done

printf '%s messages, %s bytes, INBOX to an empty INBOX by IMAPS; medians of %s runs\n\n' "$count" "$size" "$runs"
printf '%-28s %8s %8s %8s %9s\n' '' 'wall s' 'CPU s' 'RSS MiB' 'MB/s'
for where in near far; do
	label=near
	[ $where = near ] || label="$delay ms each way"
	for tool in mailvan mbsync; do
		awk -v l="$label, $tool" -v w="$(median "$place/$tool.$where" 1)" -v c="$(median "$place/$tool.$where" 2)" \
			-v m="$(median "$place/$tool.$where" 3)" -v b="$size" \
			'BEGIN { printf "%-28s %8.2f %8.2f %8.1f %9.1f\n", l, w, c, m / 1024, b / 1e6 / w }'
	done
done
echo
for where in near far; do
	awk -v l="$where" -v d="$delay" -v a="$(median "$place/mailvan.$where" 1)" -v b="$(median "$place/mbsync.$where" 1)" \
		'BEGIN { printf "%s: mailvan takes %.2f of the time of mbsync\n", l == "near" ? "near" : d " ms each way", a / b }'
done
awk -v a="$(median "$place/mailvan.far" 1)" -v b="$(median "$place/mailvan.near" 1)" \
	'BEGIN { printf "distance costs mailvan a factor of %.2f\n", a / b }'
