# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# demo_mailboxes.sh - for demo.sh and screenshots.sh to source, after servers/pair.sh: an old server with a dozen
# mailboxes as a small company has them, a new server, and the list that names them.

demo_folders() { # USER MESSAGES SEED
	"$load" "$S" "$1" folder INBOX --seed "$3" --count $(($2 / 2))
	"$load" "$S" "$1" folder Sent --seed $(($3 + 1)) --count $(($2 / 5))
	"$load" "$S" "$1" folder Archive.2023 --seed $(($3 + 2)) --count $(($2 / 5))
	"$load" "$S" "$1" folder Drafts --seed $(($3 + 3)) --count $(($2 / 10)) --drafts
}

demo_servers() {
	server "$S" --special-use Sent=Sent,Drafts=Drafts,Trash=Trash --wrong dirk
	server "$T" --role target --special-use Sent=Sent,Drafts=Drafts,Deleted=Trash
	local jobs=()
	demo_folders anna 900 10 & jobs+=($!)
	"$load" "$S" bob tree 30 & jobs+=($!)
	"$load" "$S" carla folder INBOX --seed 60 --count 400 & jobs+=($!)
	demo_folders dirk 60 70 & jobs+=($!)
	wait "${jobs[@]}"
	demo_folders frank 600 80
	# Half of it is at the target already, from an attempt last year.
	"$load" "$T" frank@contoso.example folder INBOX --seed 80 --count 300 --owner frank@example.net
	"$dovecot" adm "$T" expunge -u frank@contoso.example mailbox INBOX uid 1:150
	"$load" "$S" grace folder INBOX --seed 90 --count 3500 --total 50000000 & jobs=($!)
	"$load" "$S" grace folder Archive.2024 --seed 91 --count 1500 --total 12000000
	"$load" "$S" erin corpus > /dev/null
	local n=100 u
	for u in heidi ivan judy mika nora; do
		demo_folders $u $((n * 2)) $((n += 10))
	done
	wait "${jobs[@]}"
}

demo_distance() { # MS : all three services are that far away, each way
	start_proxy --delay "$1" "$(port "$S" IMAPS_PORT)" "$(port "$S" POP3S_PORT)" "$(port "$T" IMAPS_PORT)"
	wait_until 5 [ "$(wc -l < "$place/proxy.log")" = 3 ]
	{ read -r imap_port; read -r pop_port; read -r target_port; } < "$place/proxy.log"
}
demo_target() { echo "imaps://127.0.0.1:${target_port:-$(port "$T" IMAPS_PORT)}"; }

demo_list() { # -> CSV
	local host=127.0.0.1 imap pop u
	imap=${imap_port:-$(port "$S" IMAPS_PORT)} pop=${pop_port:-$(port "$S" POP3S_PORT)}
	echo "SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity,SourcePort,SourceProtocol,TargetPassword,Batch"
	for u in anna bob; do echo "$u@contoso.example,$host,$u,pass,$u@contoso.example,$imap,imap,pass,Pilot"; done
	echo "carla@contoso.example,$host,carla,pass,carla@contoso.example,$pop,pop3,pass,Pilot"
	for u in dirk erin frank grace heidi; do echo "$u@contoso.example,$host,$u,pass,$u@contoso.example,$imap,imap,pass,Wave 1"; done
	for u in ivan judy mika nora; do echo "$u@contoso.example,imaps://$host:$imap,$u,pass,$u@contoso.example,,,pass,Wave 2"; done
}
