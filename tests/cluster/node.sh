# The node: address, containerd, kubelet, kube-proxy, and how every trace of them is removed. Needs state.sh, pki.sh.
# shellcheck shell=bash disable=SC2154 # addresses and modes are set by the script that sources this

node_name=sandgate-node
pod_range=198.18.0.0/20
cluster_addresses=198.18.0.0/15
network_name=sandgate
pause_image=localhost/sandgate-test/pause:1

# What kubelet, kube-proxy and we ourselves change: noted before, put back after.
changed_sysctls="net.ipv4.ip_forward vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops
	kernel.keys.root_maxkeys kernel.keys.root_maxbytes"

# Pods reach the world beyond the cluster under the machine's own address, and the firewall lets them through.
firewall_rules() {
	cat <<-RULES
		nat POSTROUTING -s $pod_range ! -d $cluster_addresses -j MASQUERADE
		filter FORWARD -s $pod_range -j ACCEPT
		filter FORWARD -d $pod_range -j ACCEPT
	RULES
}

node_ctr() {
	ctr --address "$SANDGATE_STATE/containerd.sock" --namespace k8s.io "$@"
}

prepare_node() {
	local name table rule

	for name in $changed_sysctls; do
		sysctl "$name" 2>/dev/null || true
	done >"$SANDGATE_STATE/conf/sysctls-before"
	sysctl -qw net.ipv4.ip_forward=1
	ip address replace "$node_ip/32" dev lo
	firewall_rules | while read -r table rule; do
		# shellcheck disable=SC2086 # a rule is many words
		iptables -w -t "$table" -A $rule -m comment --comment sandgate-test
	done
	sed -i '/# sandgate test cluster$/d' /etc/hosts
	echo "$node_ip $registry_name # sandgate test cluster" >>/etc/hosts
}

write_containerd_config() {
	mkdir -p "$SANDGATE_DATA/containerd" "$SANDGATE_STATE/containerd" "$SANDGATE_STATE/conf/cni" \
		"$SANDGATE_STATE/conf/certs.d/$registry_name:$registry_port"
	# The out-of-memory scores that Kubernetes asks for need a capability that not every machine grants.
	cat >"$SANDGATE_STATE/conf/containerd.toml" <<-TOML
		version = 2
		root = "$SANDGATE_DATA/containerd"
		state = "$SANDGATE_STATE/containerd"

		[grpc]
		  address = "$SANDGATE_STATE/containerd.sock"

		[plugins."io.containerd.internal.v1.opt"]
		  path = "$SANDGATE_DATA/containerd/opt"

		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "$pause_image"
		  restrict_oom_score_adj = true
		  netns_mounts_under_state_dir = true
		  stream_server_address = "127.0.0.1"
		  [plugins."io.containerd.grpc.v1.cri".cni]
		    bin_dir = "/usr/lib/cni"
		    conf_dir = "$SANDGATE_STATE/conf/cni"
		  [plugins."io.containerd.grpc.v1.cri".registry]
		    config_path = "$SANDGATE_STATE/conf/certs.d"
		  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
		    runtime_type = "io.containerd.runc.v2"
		    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
		      SystemdCgroup = false
	TOML
	cat >"$SANDGATE_STATE/conf/certs.d/$registry_name:$registry_port/hosts.toml" <<-TOML
		server = "http://$registry_name:$registry_port"

		[host."http://$registry_name:$registry_port"]
		  capabilities = ["pull", "resolve"]
	TOML
	# Not the bridge plugin: with it the way pod -> Service -> pod on one node loses its replies.
	cat >"$SANDGATE_STATE/conf/cni/10-$network_name.conflist" <<-JSON
		{
		  "cniVersion": "0.4.0", "name": "$network_name",
		  "plugins": [{
		    "type": "ptp",
		    "ipam": {
		      "type": "host-local", "ranges": [[{ "subnet": "$pod_range" }]],
		      "routes": [{ "dst": "0.0.0.0/0" }], "dataDir": "$SANDGATE_STATE/cni-addresses"
		    }
		  }]
		}
	JSON
}

write_kubelet_config() {
	# Own limits and clean-up are off: the node must not evict pods or images because the developer's disk is full.
	cat >"$SANDGATE_STATE/conf/kubelet.yaml" <<-YAML
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		address: $node_ip
		port: 10250
		healthzPort: 0
		authentication:
		  anonymous: {enabled: false}
		  webhook: {enabled: true}
		  x509: {clientCAFile: $SANDGATE_STATE/pki/ca.crt}
		authorization: {mode: Webhook}
		tlsCertFile: $SANDGATE_STATE/pki/kubelet.crt
		tlsPrivateKeyFile: $SANDGATE_STATE/pki/kubelet.key
		clusterDomain: cluster.local
		clusterDNS: [$node_ip]
		containerRuntimeEndpoint: unix://$SANDGATE_STATE/containerd.sock
		cgroupDriver: cgroupfs
		cgroupsPerQOS: false
		enforceNodeAllocatable: []
		failSwapOn: false
		failCgroupV1: false
		oomScoreAdj: 0
		makeIPTablesUtilChains: false
		podLogsDir: $SANDGATE_STATE/pod-logs
		volumePluginDir: $SANDGATE_DATA/kubelet/volume-plugins
		imageGCHighThresholdPercent: 100
		imageGCLowThresholdPercent: 99
		evictionHard: {memory.available: "0%", nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%"}
		maxPods: 200
		serializeImagePulls: false
	YAML
}

write_kube_proxy_config() {
	cat >"$SANDGATE_STATE/conf/kube-proxy.yaml" <<-YAML
		apiVersion: kubeproxy.config.k8s.io/v1alpha1
		kind: KubeProxyConfiguration
		clientConnection: {kubeconfig: $SANDGATE_STATE/conf/kube-proxy.kubeconfig}
		hostnameOverride: $node_name
		mode: iptables
		clusterCIDR: $pod_range
		healthzBindAddress: 127.0.0.1:10256
		metricsBindAddress: 127.0.0.1:10249
		oomScoreAdj: 0
		iptables: {localhostNodePorts: false}
		conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
	YAML
}

# The image of the process that every pod starts with, built once.
load_pause_image() {
	local cache=$SANDGATE_CACHE/pause-1

	if [ ! -e "$cache/pause.tar" ]; then
		mkdir -p "$cache/root"
		gcc -Os -static -s -o "$cache/root/pause" "$here/pause.c"
		"$here/make-image" "$pause_image" "$cache/root" "$cache/pause.part" /pause
		mv "$cache/pause.part" "$cache/pause.tar"
	fi
	node_ctr images import "$cache/pause.tar" >/dev/null
}

start_node() {
	local server=https://$api_address:$api_port

	make_certificate kubelet "/O=system:nodes/CN=system:node:$node_name" "DNS:$node_name,IP:$node_ip"
	make_certificate kube-proxy /CN=system:kube-proxy
	make_kubeconfig "$SANDGATE_STATE/conf/kubelet.kubeconfig" kubelet "$server"
	make_kubeconfig "$SANDGATE_STATE/conf/kube-proxy.kubeconfig" kube-proxy "$server"
	write_containerd_config
	write_kubelet_config
	write_kube_proxy_config
	start_process containerd containerd --config "$SANDGATE_STATE/conf/containerd.toml"
	start_process kube-proxy kube-proxy --config "$SANDGATE_STATE/conf/kube-proxy.yaml"
	await containerd 20 node_ctr version
	load_pause_image
	start_process kubelet kubelet --config "$SANDGATE_STATE/conf/kubelet.yaml" \
		--kubeconfig "$SANDGATE_STATE/conf/kubelet.kubeconfig" --root-dir "$SANDGATE_DATA/kubelet" \
		--hostname-override "$node_name" --node-ip "$node_ip"
}

node_is_ready() {
	kubectl get node "$node_name" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}' | grep -q True
}

# Processes of containers end with their kubelet and containerd still known, or nobody would find them again.
stop_pods() {
	local container

	stop_process kubelet
	process_is_running containerd || return 0
	node_ctr tasks ls -q | while read -r container; do
		node_ctr tasks kill --signal SIGKILL --all "$container" 2>/dev/null || true
	done
	node_ctr tasks ls -q | while read -r container; do
		node_ctr tasks rm --force "$container" >/dev/null 2>&1 || true
	done
}

# The process ids of what containerd left: shims, which name our socket, and containers, whose files lie below our folders.
left_over_shims() {
	local directory

	for directory in /proc/[0-9]*; do
		if { tr '\0' ' ' <"$directory/cmdline"; } 2>/dev/null | grep -q "^[^ ]*containerd-shim.* $SANDGATE_STATE/containerd.sock "; then
			echo "${directory#/proc/}"
		fi
	done
}

unmount_below() {
	local folder

	for folder in "$@"; do
		awk -v folder="$folder" 'index($5 "/", folder "/") == 1 { print $5 }' /proc/self/mountinfo
	done | sort -ru | while read -r mount_point; do
		umount --lazy "$mount_point"
	done
}

clean_network() {
	local link table rule command chain

	# A pod's link is the one whose route leads to an address in the pod range.
	ip -4 route show root "$pod_range" | sed -n 's/.* dev \(veth[^ ]*\).*/\1/p' | sort -u | while read -r link; do
		ip link delete "$link" 2>/dev/null || true
	done
	kube-proxy --cleanup --config "$SANDGATE_STATE/conf/kube-proxy.yaml" >/dev/null 2>&1 || true
	# What kube-proxy's own clean-up forgets.
	for command in iptables ip6tables; do
		for chain in INPUT OUTPUT; do
			"$command" -w -D "$chain" -j KUBE-FIREWALL 2>/dev/null || true
		done
		"$command" -w -X KUBE-FIREWALL 2>/dev/null || true
	done
	firewall_rules | while read -r table rule; do
		# shellcheck disable=SC2086 # a rule is many words
		iptables -w -t "$table" -D $rule -m comment --comment sandgate-test 2>/dev/null || true
	done
	ip address delete "$node_ip/32" dev lo 2>/dev/null || true
	sed -i '/# sandgate test cluster$/d' /etc/hosts
	# containerd keeps these where every container engine does; the loopback's are named like anybody's.
	find /var/lib/cni/results -newer "$SANDGATE_STATE/mode" \( -name "$network_name-*" -o -name 'cni-loopback-*' \) -delete 2>/dev/null || true
	rmdir /var/lib/cni/results /var/lib/cni 2>/dev/null || true
}

# Control groups of our containers: empty once their processes are gone.
clean_cgroups() {
	find /sys/fs/cgroup -depth -type d -path '*/k8s.io*' -exec rmdir {} \; 2>/dev/null || true
}

clean_node() {
	local pid

	left_over_shims | while read -r pid; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	unmount_below "$SANDGATE_STATE" "$SANDGATE_DATA"
	clean_network
	clean_cgroups
	find /var/log/containers -maxdepth 1 -lname "$SANDGATE_STATE/*" -delete 2>/dev/null || true
	rmdir /var/log/containers 2>/dev/null || true
	sysctl -qp "$SANDGATE_STATE/conf/sysctls-before" 2>/dev/null || true
	! grep -q " $SANDGATE_DATA/" /proc/self/mounts || die "still mounted below $SANDGATE_DATA: not removing it"
	rm -rf "$SANDGATE_DATA"
}
