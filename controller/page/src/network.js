// What the sandbox said no to, read from the output of a command, and what has to be written to allow it.

// How programs report the refusal of the sandbox's proxy: curl, plain HTTP, Python, wget, git and node.
const refusals =
	/CONNECT tunnel failed, response 403|blocked by network allowlist|blocked-by-allowlist|Tunnel connection failed: 403|Proxy tunnel(?:l)?ing failed|Received HTTP code 403 from proxy/i;
const url = /\b[a-z][a-z0-9+.-]*:\/\/(?:[^\s/@'"]*@)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d+))?/gi;

/** As the sandbox matches: a name, or a star and a dot for every name below one; a port, if one is given. */
function matches(pattern, host, port) {
	const [, name, wantedPort] = /^(.*?)(?::(\d+))?$/.exec(pattern.toLowerCase());

	if (wantedPort && wantedPort !== port) return false;
	if (name === '*') return true;
	return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name;
}

const defaultPort = (scheme) => (scheme.startsWith('https') ? '443' : scheme.startsWith('http') ? '80' : '');

/** The hosts that a command asked for and was refused: [{host, isDenied}]; denied means: on the list of those never allowed. */
export function refusedHosts(command, output, { allowed, denied }) {
	const found = new Map();

	if (!refusals.test(output)) return [];
	for (const [whole, name, explicitPort] of `${command}\n${output}`.matchAll(url)) {
		const host = name.toLowerCase().replace(/\.+$/, '');
		const port = explicitPort ?? defaultPort(whole.toLowerCase());
		const isDenied = denied.some((pattern) => matches(pattern, host, port));

		if (isDenied || !allowed.some((pattern) => matches(pattern, host, port))) found.set(host, { host, isDenied });
	}
	return [...found.values()];
}

/** The manifest's lines around the new one: [{text, isNew}]. */
export function manifestLines(allowed, host) {
	const line = (depth, text, isNew = false) => ({ text: '  '.repeat(depth) + text, isNew });

	return [
		line(0, 'spec:'),
		line(1, 'sandbox:'),
		line(2, 'network:'),
		line(3, 'allowedDomains:'),
		...allowed.map((domain) => line(4, `- ${quoted(domain)}`)),
		line(4, `- ${quoted(host)}`, true),
	];
}

// A star or a bracket begins something else in YAML.
const quoted = (domain) => (/^[*[]/.test(domain) ? JSON.stringify(domain) : domain);
