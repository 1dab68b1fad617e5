# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# demo_tenant.sh - for demo.sh and screenshots.sh to source, after servers/pair.sh: a tenant of Microsoft 365 on this
# machine (tests/servers/tenant.sh), and a project that is connected to it.

tenant_at() { BUILD=$BUILD tests/servers/tenant.sh "$@"; }

demo_tenant() { # USERS
	tenant_at start "$place/cloud" --users "$1" --waiting 40 || return 1
	children+=("$(cat "$place/cloud/pid")")
	cloud=https://127.0.0.1:$(cat "$place/cloud/port")
}

# What an operator would type; the secret comes from a pipe here and from a prompt otherwise.
demo_connect() {
	local words=(tenant add contoso.test --client-id aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee --authority "$cloud" --graph "$cloud"
		--exchange "$cloud" --ca "$place/cloud/ca.pem" --secret-stdin)
	echo "\$ mailvan ${words[*]}"
	printf 's3cret~with.+=signs' | "$MAILVAN" --project "$P" "${words[@]}"
}
