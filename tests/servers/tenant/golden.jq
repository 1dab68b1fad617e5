# golden.jq - does a request in the log (inputs) equal $golden[0]? Placeholders: {tenant}, {guid}, {any}.
# Content of a golden file: method, path (its query may be behind a '?', not encoded), query, headers, body.
def guid: "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
def escaped: gsub("(?<c>[\\[\\](){}.*+?^$|\\\\])"; "\\" + .c);
def pattern: "^" + (escaped
	| gsub("\\\\{tenant\\\\}"; "(contoso\\.test|" + guid + ")") | gsub("\\\\{guid\\\\}"; guid) | gsub("\\\\{any\\\\}"; ".*")) + "$";
def fits($want):
	if $want == "{any}" then true
	elif ($want | type) != type then false
	elif type == "object" then (keys == ($want | keys)) and (. as $o | all($want | keys[]; . as $k | $o[$k] | fits($want[$k])))
	elif type == "array" then length == ($want | length) and (. as $a | all(range(length); . as $i | $a[$i] | fits($want[$i])))
	elif type == "string" then test($want | pattern)
	else . == $want end;
def query($g):
	if $g.query then $g.query
	else [$g.path | split("?")[1] // empty | split("&")[] | split("=") | {key: .[0], value: (.[1:] | join("="))}] | from_entries end;
def same($g):
	.method == $g.method
	and (.path | fits($g.path | split("?")[0]))
	and (.query | fits(query($g)))
	and (. as $r | all($g.headers // {} | to_entries[]; . as $h | $r.headers[$h.key | ascii_downcase] | . != null and fits($h.value)))
	and (.body | fits($g.body));
first(inputs | select(.method) | select(same($golden[0]))) // false
