// The controller's HTTP API, as far as a chat needs it. Every function throws an Error with a sentence for a person.
import { Task } from '@a2a-js/sdk';

async function call(method, path, body, headers) {
	const answer = await fetch(path, {
		method,
		headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
		body: body && JSON.stringify(body),
	});
	const text = await answer.text();
	let json;

	try {
		json = JSON.parse(text);
	} catch {
		json = {};
	}
	if (!answer.ok) throw new Error(typeof json.error === 'string' ? json.error : text.trim() || `HTTP ${answer.status}`);
	return json.data;
}

const pathOf = ({ namespace, name }) => `${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

export const agentUrl = (agent) => `/api/a2a-sandboxes/${pathOf(agent)}/`;

const condition = (agent, type) => agent.status?.conditions?.find((one) => one.type === type);

/** What is worth knowing of an agent beside its state: what it waits for, what of it has no effect, what its pod may lack. */
function remarks(agent) {
	const wrong = ['Accepted', 'Ready'].map((type) => condition(agent, type)).find((one) => one && one.status !== 'True');
	const said = wrong ? [wrong.message || wrong.reason] : [];
	const lasting = ['UnsupportedFeatures', 'Degraded'].map((type) => condition(agent, type));

	if (agent.status?.rollout?.message && said.length === 0)
		said.push(`A newer generation waits for ${agent.status.rollout.message}`);
	return said.concat(lasting.filter((one) => one?.status === 'True').map((one) => one.message));
}

export async function listAgents() {
	const rows = (await call('GET', '/api/agents')) ?? [];

	return rows
		.filter((row) => row.agent.kind === 'SandboxAgent')
		.map(({ agent, model }) => ({
			namespace: agent.metadata.namespace,
			name: agent.metadata.name,
			description: agent.spec?.description ?? '',
			model,
			ready: condition(agent, 'Ready')?.status ?? 'Unknown',
			accepted: condition(agent, 'Accepted')?.status ?? 'Unknown',
			remarks: remarks(agent),
			allowed: agent.spec?.sandbox?.network?.allowedDomains ?? [],
			denied: agent.spec?.sandbox?.network?.deniedDomains ?? [],
		}))
		.sort((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name));
}

/** The one session of an agent; null when there is none, or when it is another user's. */
export async function findSession(agent) {
	return (await call('GET', `/api/sessions/agent/${pathOf(agent)}`))?.[0] ?? null;
}

export function createSession({ namespace, name }, title) {
	return call('POST', '/api/sessions', { agent_ref: `${namespace}/${name}`, name: title });
}

export function renameSession(session, title) {
	return call('PUT', `/api/sessions/${encodeURIComponent(session.id)}`, { name: title, agent_ref: session.agent_id });
}

export function deleteSession(session) {
	return call('DELETE', `/api/sessions/${encodeURIComponent(session.id)}`);
}

/** The tasks of a session, oldest first, in the form that streams have too. */
export async function listTasks(session) {
	const path = `/api/sessions/${encodeURIComponent(session.id)}/tasks`;

	return ((await call('GET', path, null, { 'A2A-Version': '1.0' })) ?? []).map((task) => Task.fromJSON(task));
}
