# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# ldap.sh - for test scripts to source behind tenant_project.sh: a slapd of their own on loopback, with people in it, as
# $ldap_port and $ldap_tls_port; $ldap_ca signed its certificate. It ends with the script.
PATH=$PATH:/usr/sbin:/sbin
L=$place/ldap
mkdir -p "$L/db"
tests/servers/certs.sh "$L/certs" > "$L/certs.log" 2>&1 || { cat "$L/certs.log"; exit 1; }
ldap_ca=$L/certs/ca.pem

{
	cat << END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include $L/ad.schema
pidfile $L/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile $ldap_ca
TLSCertificateFile $L/certs/good.pem
TLSCertificateKeyFile $L/certs/good.key
sizelimit size.soft=500 size.hard=500 size.pr=500 size.prtotal=unlimited
database mdb
suffix dc=contoso,dc=test
rootdn cn=root,dc=contoso,dc=test
directory $L/db
maxsize 67108864
limits dn.exact="cn=admin,dc=contoso,dc=test" size.soft=500 size.hard=500 size.pr=500 size.prtotal=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by * read
END
} > "$L/slapd.conf"

# What of Active Directory's schema is asked for; numbers from the arc for examples.
cat > "$L/ad.schema" << 'END'
attributetype ( 2.999.1.1 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 2.999.1.2 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 2.999.1.3 NAME 'department' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 2.999.1.4 NAME 'company' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 2.999.2.1 NAME 'adUser' SUP top AUXILIARY MAY ( userPrincipalName $ userAccountControl $ department $ company $ c ) )
END

person() { # uid cn sn "more lines"
	printf 'dn: uid=%s,ou=people,dc=contoso,dc=test\nobjectClass: inetOrgPerson\nobjectClass: adUser\nuid: %s\ncn:: %s\nsn:: %s\n%b\n\n' \
		"$1" "$1" "$(printf %s "$2" | base64 -w0)" "$(printf %s "$3" | base64 -w0)" "$4"
}
{
	printf 'dn: dc=contoso,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: contoso\no: Contoso\n\n'
	printf 'dn: ou=people,dc=contoso,dc=test\nobjectClass: organizationalUnit\nou: people\n\n'
	printf 'dn: cn=admin,dc=contoso,dc=test\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: admin\nuserPassword: ldap-S3cret\n\n'
	person anna 'Anna "Änne" Müller' Müller 'givenName: Anna\nuserPrincipalName: anna@contoso.test\nuserAccountControl: 512\ndepartment: Vertrieb, Nord\ncompany: Contoso GmbH\nc: DE'
	person axel 'Axel =Formel' Formel 'userPrincipalName: axel@contoso.test\nuserAccountControl: 512\nc: DE'
	person berta 'Berta Bauer' Bauer 'givenName: Berta'
	person carla 'Carla Ceh' Ceh 'mail: carla@contoso.test\ncompany: Contoso AG'
	person dora 'Dora Weg' Weg 'userPrincipalName: dora@contoso.test\nuserAccountControl: 514'
	for i in $(seq 1 1201); do
		person "p$i" "Person $i" "$i" "mail: p$i@contoso.test"
	done
} > "$L/people.ldif"
slapadd -f "$L/slapd.conf" -l "$L/people.ldif" > "$L/slapadd.log" 2>&1 || { cat "$L/slapadd.log"; exit 1; }

# A port that somebody took in between is another try.
listening() { ldapsearch -x -H "ldap://127.0.0.1:$ldap_port" -b dc=contoso,dc=test -s base dn > "$L/search.log" 2>&1; }
for ldap_port in $((20000 + RANDOM % 20000)) $((20000 + RANDOM % 20000)) $((20000 + RANDOM % 20000)); do
	ldap_tls_port=$((ldap_port + 1))
	slapd -d 0 -h "ldap://127.0.0.1:$ldap_port ldaps://127.0.0.1:$ldap_tls_port" -f "$L/slapd.conf" > "$L/slapd.log" 2>&1 &
	ldap_pid=$!
	wait_until 10 listening && kill -0 $ldap_pid 2> /dev/null && break
	kill $ldap_pid 2> /dev/null
done
listening || { cat "$L/slapd.log" "$L/search.log"; exit 1; }
