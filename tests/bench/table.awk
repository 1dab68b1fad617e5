# SPDX-License-Identifier: MIT
#
# table.awk - the table of bench.sh from its runs, rows and proofs, with a verdict for each goal, and table.tsv for what
# wants numbers. Variables: runs, rows, proofs (files to read), tsv (file to write).

function median(row, tool, field,    n, i, j, k, v, t) {
	n = count[row, tool]
	for (i = 1; i <= n; i++) {
		k = cost[row, tool, i, field]
		for (j = i - 1; j > 0 && v[j] > k; j--) v[j + 1] = v[j]
		v[j + 1] = k
	}
	return n ? v[int((n + 1) / 2)] : ""
}
function verdict(good) {
	if (good) met++; else missed++
	return good ? "ok" : "MISS"
}
function figure(format, value) { return value == "" || value < 0 ? "-" : sprintf(format, value) }
# What a row may cost: peak memory by the connections that were in use.
function memory_goal(connections) { return 16 + 2 * connections }

BEGIN {
	FS = "\t"; OFS = "\t"
	WALL = 1; USER = 2; SYSTEM = 3; RSS = 4; SWITCHES = 5; FORCED = 6; CONNECTIONS = 7; CPU = 8
	while ((getline < runs) > 0) {
		n = ++count[$1, $2]
		for (i = WALL; i <= CONNECTIONS; i++) cost[$1, $2, n, i] = $(i + 3) + 0
		cost[$1, $2, n, CPU] = $(USER + 3) + $(SYSTEM + 3)
		if (!(($1, $2) in seen)) { seen[$1, $2] = 1; tools[$1] = tools[$1] " " $2 }
	}
	print "row", "tool", "wall_s", "user_s", "system_s", "cpu_s", "rss_kib", "switches", "forced", "connections" > tsv
	while ((getline < rows) > 0) {
		if (!lines++) heading()
		line($1, $2, $3)
	}
	while ((getline < proofs) > 0) {
		if (!proved++) printf "%s%-78s%12s%10s%12s\n", lines ? "\n" : "", "", "worst", "median", "allowed"
		printf "%-78s%12s%10s%12s  %s\n", $1, $2 " " $4, $5, $3 == "-" ? "" : $3 " " $4, \
			$3 == "-" ? "" : verdict($2 + 0 <= $3 + 0)
		print "proof:" $1, "mailvan", $2, $3, $4 > tsv
	}
	printf "\n%d goals met, %d missed\n", met, missed
}

function heading() {
	printf "%-52s| %-33s| %-27s| %-25s| %s\n", "", "wall seconds", "CPU seconds", "peak MiB", "servers' own limit"
	printf "%-52s|%8s%8s%7s %-10s|%8s%8s%7s %-4s|%8s%8s%8s %-4s|%7s%7s%8s\n", "", "mailvan", "mbsync", "ratio", "goal", \
		"mailvan", "mbsync", "ratio", "0.8", "mailvan", "allowed", "mbsync", "", "APPEND", "MULTI", "factor"
}
function line(row, label, goal,    a, b, ca, cb, m, allowed, best, w, n, i, extra) {
	a = median(row, "mailvan", WALL); b = median(row, "mbsync", WALL)
	ca = median(row, "mailvan", CPU); cb = median(row, "mbsync", CPU)
	m = median(row, "mailvan", RSS) / 1024
	allowed = memory_goal(median(row, "mailvan", CONNECTIONS))
	best = median(row, "limit_multi", WALL)
	if (best == "") best = median(row, "limit_single", WALL)
	printf "%-52s|%8s%8s%7s %-10s", substr(label, 1, 52), figure("%.2f", a), figure("%.2f", b), b ? figure("%.2f", a / b) : "-", \
		b ? sprintf("%.2f %s", goal, verdict(a <= goal * b)) : ""
	printf "|%8s%8s%7s %-4s", figure("%.2f", ca), figure("%.2f", cb), cb ? figure("%.2f", ca / cb) : "-", \
		cb ? verdict(ca <= 0.8 * cb) : ""
	printf "|%8s%8s%8s %-4s", figure("%.1f", m), figure("%d", allowed), \
		b ? figure("%.1f", median(row, "mbsync", RSS) / 1024) : "-", verdict(m <= allowed)
	printf "|%7s%7s%8s", figure("%.2f", median(row, "limit_single", WALL)), figure("%.2f", median(row, "limit_multi", WALL)), \
		best ? figure("%.1f", a / best) : "-"
	n = split(tools[row], w, " ")
	for (i = 1; i <= n; i++) {
		if (w[i] == "doveadm" || w[i] == "mpop") extra = extra sprintf("  %s %.2f", w[i], median(row, w[i], WALL))
		print row, w[i], median(row, w[i], WALL), median(row, w[i], USER), median(row, w[i], SYSTEM), median(row, w[i], CPU), \
			median(row, w[i], RSS), median(row, w[i], SWITCHES), median(row, w[i], FORCED), median(row, w[i], CONNECTIONS) > tsv
	}
	print extra
}
