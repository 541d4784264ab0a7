// The A2A library for JavaScript as a client of the proxy. Usage: node client.mjs URL, with the library beside it.
import assert from 'node:assert/strict';
import { ClientFactory } from '@a2a-js/sdk/client';
import { Role, TaskState } from '@a2a-js/sdk';

const url = process.argv[2];

function request(parts, more = {}) {
	return {
		message: {
			messageId: crypto.randomUUID(),
			role: Role.ROLE_USER,
			parts,
			contextId: '',
			taskId: '',
			extensions: [],
			referenceTaskIds: [],
			metadata: undefined,
			...more,
		},
		tenant: '',
		configuration: undefined,
		metadata: undefined,
	};
}

const part = ($case, value, more = {}) => ({ content: { $case, value }, metadata: undefined, filename: '', mediaType: '', ...more });
const contents = (parts) => parts.map(({ content, filename, mediaType }) => ({ content, filename, mediaType }));

async function collect(stream) {
	const events = [];

	for await (const event of stream) events.push(event.payload);
	return events;
}

const client = await new ClientFactory().createFromUrl(url);
const sent = [
	part('text', 'hello', { metadata: { a: [1, null] } }),
	part('data', { decision_type: 'approve', n: null, f: 1.5 }),
	part('raw', Buffer.from('ABC'), { mediaType: 'text/plain', filename: 'abc.txt' }),
	part('url', 'https://example.com/x'),
];

const task = await client.sendMessage(request(sent));
assert.equal(task.status.state, TaskState.TASK_STATE_COMPLETED);
assert.deepEqual(JSON.stringify(contents(task.artifacts[0].parts)), JSON.stringify(contents(sent)));
assert.deepEqual(task.artifacts[0].parts[0].metadata, { a: [1, null] });
assert.equal((await client.getTask({ id: task.id, tenant: '' })).contextId, task.contextId);

const events = await collect(client.sendMessageStream(request([part('text', 'slow')])));
assert.equal(events[0].$case, 'task');
assert.equal(events.at(-1).value.status.state, TaskState.TASK_STATE_COMPLETED);
assert.ok(events.filter((event) => event.$case === 'statusUpdate').length >= 6, JSON.stringify(events));

const question = await client.sendMessage(request([part('text', 'ask')]));
assert.equal(question.status.state, TaskState.TASK_STATE_INPUT_REQUIRED);
const answered = await client.sendMessage(
	request([part('text', 'yes')], { taskId: question.id, contextId: question.contextId }),
);
assert.equal(answered.id, question.id);
assert.equal(answered.status.state, TaskState.TASK_STATE_COMPLETED);

await assert.rejects(client.getTask({ id: 'nothing', tenant: '' }), /not found/i);
