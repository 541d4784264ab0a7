# etcd, kube-apiserver, kube-controller-manager, kube-scheduler. Needs state.sh and pki.sh.
# The caller sets api_address, api_port, etcd_port, etcd_peer_port.
# shellcheck shell=bash disable=SC2154 # addresses and modes are set by the script that sources this

service_range=198.19.0.0/16
first_service_ip=198.19.0.1

start_etcd() {
	local client=http://127.0.0.1:$etcd_port peer=http://127.0.0.1:$etcd_peer_port

	start_process etcd etcd --name sandgate --data-dir "$SANDGATE_STATE/etcd" --unsafe-no-fsync --log-level warn \
		--listen-client-urls "$client" --advertise-client-urls "$client" \
		--listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "sandgate=$peer"
}

# start_apiserver EXTRA_OPTIONS...
start_apiserver() {
	local pki=$SANDGATE_STATE/pki

	start_process kube-apiserver kube-apiserver \
		--etcd-servers "http://127.0.0.1:$etcd_port" \
		--bind-address "$api_address" --secure-port "$api_port" --advertise-address "$node_ip" \
		--tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" \
		--client-ca-file "$pki/ca.crt" --authorization-mode Node,RBAC --allow-privileged \
		--service-cluster-ip-range "$service_range" \
		--service-account-issuer https://kubernetes.default.svc.cluster.local \
		--service-account-key-file "$pki/service-account.pub" \
		--service-account-signing-key-file "$pki/service-account.key" \
		--kubelet-certificate-authority "$pki/ca.crt" --kubelet-preferred-address-types InternalIP \
		--kubelet-client-certificate "$pki/kubelet-client.crt" --kubelet-client-key "$pki/kubelet-client.key" \
		"$@"
}

make_control_plane_credentials() {
	local server=https://$api_address:$api_port conf=$SANDGATE_STATE/conf

	make_authority
	make_certificate apiserver /CN=kube-apiserver "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,\
DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$node_ip,IP:$first_service_ip"
	make_certificate kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client
	make_certificate admin /O=system:masters/CN=admin
	make_kubeconfig "$SANDGATE_STATE/kubeconfig.part" admin "$server"
	[ "$cluster_mode" = full ] || return 0
	make_certificate controller-manager /CN=system:kube-controller-manager
	make_certificate scheduler /CN=system:kube-scheduler
	make_kubeconfig "$conf/controller-manager.kubeconfig" controller-manager "$server"
	make_kubeconfig "$conf/scheduler.kubeconfig" scheduler "$server"
}

start_controller_manager() {
	local pki=$SANDGATE_STATE/pki

	start_process kube-controller-manager kube-controller-manager \
		--kubeconfig "$SANDGATE_STATE/conf/controller-manager.kubeconfig" --secure-port 0 --leader-elect=false \
		--service-account-private-key-file "$pki/service-account.key" --root-ca-file "$pki/ca.crt" \
		--cluster-signing-cert-file "$pki/ca.crt" --cluster-signing-key-file "$pki/ca.key" \
		--use-service-account-credentials
}

start_scheduler() {
	start_process kube-scheduler kube-scheduler \
		--kubeconfig "$SANDGATE_STATE/conf/scheduler.kubeconfig" --secure-port 0 --leader-elect=false
}

# Whatever answers on the port must be our own server: a neighbour's would not accept our client certificate.
apiserver_is_ready() {
	curl -sf --max-time 2 --cacert "$SANDGATE_STATE/pki/ca.crt" --cert "$SANDGATE_STATE/pki/admin.crt" \
		--key "$SANDGATE_STATE/pki/admin.key" "https://$api_address:$api_port/readyz"
}

# For hours kubectl takes what it once found at an address for what is there: of another API server's kinds, not ours.
forget_discovery() {
	rm -rf "${KUBECACHEDIR:-${HOME:-/root}/.kube/cache}/discovery/${api_address}_$api_port"
}

start_control_plane() {
	make_control_plane_credentials
	forget_discovery
	start_etcd
	if [ "$cluster_mode" = full ]; then
		start_apiserver --enable-admission-plugins NodeRestriction
	else
		# There are several of these at a time: less collecting of garbage leaves them more of the processor.
		export GOGC=200
		# No controller manager makes the default service accounts here, so do not ask for them.
		start_apiserver --endpoint-reconciler-type none --disable-admission-plugins ServiceAccount
	fi
	await etcd 20 curl -sf --max-time 2 "http://127.0.0.1:$etcd_port/readyz"
	await kube-apiserver 60 apiserver_is_ready
	process_is_running etcd || die "etcd ended while the API server started"
	mv "$SANDGATE_STATE/kubeconfig.part" "$SANDGATE_STATE/kubeconfig"
}
