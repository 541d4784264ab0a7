// The A2A library for JavaScript talks to an agent: its card, a message, and one whose answer is streamed. Both answers must hold
// WANTED. Usage, where the library is: node --input-type=module - URL CONTEXT TEXT WANTED <talk.mjs
import assert from 'node:assert/strict';
import { ClientFactory } from '@a2a-js/sdk/client';
import { Role, TaskState } from '@a2a-js/sdk';

const [url, contextId, text, wanted] = process.argv.slice(2);

function request() {
	return {
		message: {
			messageId: crypto.randomUUID(),
			role: Role.ROLE_USER,
			parts: [{ content: { $case: 'text', value: text }, metadata: undefined, filename: '', mediaType: '' }],
			contextId,
			taskId: '',
			extensions: [],
			referenceTaskIds: [],
			metadata: undefined,
		},
		tenant: '',
		configuration: undefined,
		metadata: undefined,
	};
}

const textOf = (artifact) => artifact.parts.map((part) => (part.content.$case === 'text' ? part.content.value : '')).join('\n');

const client = await new ClientFactory().createFromUrl(url);
const task = await client.sendMessage(request());
assert.equal(task.contextId, contextId);
assert.equal(task.status.state, TaskState.TASK_STATE_COMPLETED);
assert.ok(task.artifacts.some((artifact) => textOf(artifact).includes(wanted)), JSON.stringify(task));

const events = [];
for await (const event of client.sendMessageStream(request())) events.push(event.payload);
assert.equal(events[0].$case, 'task');
assert.equal(events.filter((event) => event.$case === 'statusUpdate').at(-1).value.status.state, TaskState.TASK_STATE_COMPLETED);
assert.ok(
	events.some((event) => event.$case === 'artifactUpdate' && textOf(event.value.artifact).includes(wanted)),
	JSON.stringify(events),
);
