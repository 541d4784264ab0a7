// Speaking A2A 1.0 with an agent, through the controller on this page's own origin.
import { Client, JsonRpcTransportFactory } from '@a2a-js/sdk/client';
import { Role, TaskState } from '@a2a-js/sdk';
import { agentUrl } from './api.js';

export { Role, TaskState };

export const textPart = (text) => part('text', text);
export const dataPart = (data) => part('data', data);

function part($case, value) {
	return { content: { $case, value }, metadata: undefined, filename: '', mediaType: '' };
}

// crypto.randomUUID is missing where the page comes by plain HTTP from another machine.
function freshId() {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function newMessage(contextId, parts, taskId = '') {
	return {
		messageId: freshId(),
		role: Role.ROLE_USER,
		parts,
		contextId,
		taskId,
		extensions: [],
		referenceTaskIds: [],
		metadata: undefined,
	};
}

// What an agent's card would say is known: the controller speaks for all of them, here.
async function clientOf(agent) {
	const transport = await new JsonRpcTransportFactory().create(new URL(agentUrl(agent), location).href);

	return new Client(transport, { capabilities: { streaming: true } });
}

/** Sends a message; yields what the agent makes of it, as it happens. */
export async function* send(agent, message, signal) {
	const request = { message, tenant: '', configuration: undefined, metadata: undefined };

	yield* payloads((await clientOf(agent)).sendMessageStream(request, { signal }));
}

/** Yields what happens from now on to a task that runs already. */
export async function* follow(agent, taskId, signal) {
	yield* payloads((await clientOf(agent)).resubscribeTask({ id: taskId, tenant: '' }, { signal }));
}

async function* payloads(events) {
	try {
		for await (const event of events) if (event.payload) yield event.payload;
	} catch (error) {
		throw error.cause instanceof Error ? error.cause : error; // the cause has the agent's own words
	}
}

export const isRunning = (state) =>
	state === TaskState.TASK_STATE_SUBMITTED || state === TaskState.TASK_STATE_WORKING;
