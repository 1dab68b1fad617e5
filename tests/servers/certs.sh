#!/bin/bash
# SPDX-License-Identifier: MIT
#
# certs.sh DIR - a throw-away CA and server certificates for tests, made once per DIR.
#
#   ca.pem                           the CA; other-ca.pem: a CA that signed nothing here
#   good.pem       good.key          127.0.0.1 and localhost
#   expired.pem    expired.key       the same, ended in 2020
#   wrong-host.pem wrong-host.key    mail.elsewhere.example
#   self-signed.pem self-signed.key  127.0.0.1, signed by itself
#   good.pin                         SHA-256 of good.pem's public key, hex
set -euo pipefail

dir=${1:?usage: certs.sh DIR}
[ -e "$dir/good.pin" ] && exit 0
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
umask 077
exec 3>&2 2>"$dir/openssl.log"
trap 'echo "certs.sh: openssl failed, see $dir/openssl.log" >&3' ERR

key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
good_names=subjectAltName=IP:127.0.0.1,DNS:localhost

make_ca() { # FILE NAME
	openssl req -x509 "${key[@]}" -keyout "$dir/$1.key" -out "$dir/$1.pem" -days 30 -subj "/CN=$2"
}

# x509 -req cannot set a date in the past before OpenSSL 3.4, `openssl ca` can.
sign() { # FILE NAMES START END
	openssl req -new "${key[@]}" -keyout "$dir/$1.key" -out "$dir/$1.csr" -subj "/CN=$1"
	printf '%s\n' '[ca]' 'default_ca=d' '[d]' "database=$dir/index" 'policy=p' 'default_md=sha256' \
		'unique_subject=no' 'rand_serial=yes' 'x509_extensions=x' '[p]' 'commonName=supplied' \
		'[x]' 'extendedKeyUsage=serverAuth' "$2" >"$dir/$1.cnf"
	openssl ca -batch -notext -config "$dir/$1.cnf" -cert "$dir/ca.pem" -keyfile "$dir/ca.key" -outdir "$dir" \
		-in "$dir/$1.csr" -out "$dir/$1.pem" -startdate "$3" -enddate "$4"
}

: >"$dir/index"
make_ca ca 'mailvan test CA'
make_ca other-ca 'mailvan other test CA'
start=$(date -u -d '-1 day' +%Y%m%d%H%M%SZ)
end=$(date -u -d '+30 days' +%Y%m%d%H%M%SZ)
sign good "$good_names" "$start" "$end"
sign expired "$good_names" 20190101000000Z 20200101000000Z
sign wrong-host subjectAltName=DNS:mail.elsewhere.example "$start" "$end"
openssl req -x509 "${key[@]}" -keyout "$dir/self-signed.key" -out "$dir/self-signed.pem" -days 30 \
	-subj /CN=self-signed -addext "$good_names"
openssl x509 -in "$dir/good.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -c1-64 \
	>"$dir/good.pin"
