# Certificates and kubeconfigs of one cluster, all signed by one authority made for it. Needs state.sh.
# shellcheck shell=bash

make_authority() {
	mkdir -p "$SANDGATE_STATE/pki"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=sandgate-test-ca" \
		-keyout "$SANDGATE_STATE/pki/ca.key" -out "$SANDGATE_STATE/pki/ca.crt" 2>/dev/null
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$SANDGATE_STATE/pki/service-account.key"
	openssl pkey -in "$SANDGATE_STATE/pki/service-account.key" -pubout -out "$SANDGATE_STATE/pki/service-account.pub"
}

# make_certificate NAME SUBJECT [ALTERNATIVE_NAMES]
make_certificate() {
	local name=$1 subject=$2 alternative_names=${3:-}

	openssl req -x509 -CA "$SANDGATE_STATE/pki/ca.crt" -CAkey "$SANDGATE_STATE/pki/ca.key" \
		-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "$subject" \
		-addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth,clientAuth \
		${alternative_names:+-addext "subjectAltName=$alternative_names"} \
		-keyout "$SANDGATE_STATE/pki/$name.key" -out "$SANDGATE_STATE/pki/$name.crt" 2>/dev/null
}

# make_kubeconfig FILE CERTIFICATE_NAME SERVER : one file that carries everything, so that it can be copied
make_kubeconfig() {
	local file=$1 name=$2 server=$3

	cat >"$file" <<-KUBECONFIG
		apiVersion: v1
		kind: Config
		clusters:
		- name: sandgate-test
		  cluster:
		    server: $server
		    certificate-authority-data: $(base64 -w 0 "$SANDGATE_STATE/pki/ca.crt")
		users:
		- name: $name
		  user:
		    client-certificate-data: $(base64 -w 0 "$SANDGATE_STATE/pki/$name.crt")
		    client-key-data: $(base64 -w 0 "$SANDGATE_STATE/pki/$name.key")
		contexts:
		- name: sandgate-test
		  context:
		    cluster: sandgate-test
		    user: $name
		current-context: sandgate-test
	KUBECONFIG
	chmod 600 "$file"
}
