// What the page makes of commands and of A2A events, without a browser: its modules, run by node beside its sources.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Role, TaskState } from '@a2a-js/sdk';
import { listAgents } from './src/api.js';
import { manifestLines, refusedHosts } from './src/network.js';
import { apply, emptyChat, entriesOf } from './src/transcript.js';

const curl403 = 'Command failed with exit code 56:\ncurl: (56) CONNECT tunnel failed, response 403';
const hosts = [
	{ spec: 'an unlisted host', command: 'curl -sS https://example.com/x', refused: ['example.com'] },
	{ spec: 'a host written in capitals', command: 'curl https://Example.COM', refused: ['example.com'] },
	{ spec: 'a host behind a user and before a port', command: 'git clone https://me@example.com:8443/x', refused: ['example.com'] },
	{ spec: 'a listed host is not to blame', command: 'curl https://api.github.com https://example.com', refused: ['example.com'] },
	{ spec: 'a star means names below', command: 'curl https://raw.githubusercontent.com', refused: [] },
	{ spec: 'a star does not mean the name itself', command: 'curl https://githubusercontent.com', refused: ['githubusercontent.com'] },
	{ spec: 'a port that is not the listed one', command: 'curl https://db.example.org:6432', refused: ['db.example.org'] },
	{ spec: 'the listed port', command: 'curl https://db.example.org:5432', refused: [] },
	{ spec: 'plain HTTP', command: 'curl http://example.com', output: 'Connection blocked by network allowlist', refused: ['example.com'] },
	{ spec: 'a host that only the output names', command: 'sh x.sh', output: `${curl403} https://example.com`, refused: ['example.com'] },
	{ spec: 'Python', command: 'python3 -c "get(\'https://example.com\')"', output: 'OSError: Tunnel connection failed: 403 Forbidden', refused: ['example.com'] },
	{ spec: 'a page that forbids is no refusal', command: 'curl -f https://example.com', output: 'curl: (22) The requested URL returned error: 403', refused: [] },
	{ spec: 'a command that worked', command: 'curl https://example.com', output: '<html>', refused: [] },
];
const allowed = ['api.github.com', '*.githubusercontent.com', 'db.example.org:5432'];

for (const { spec, command, output = curl403, refused } of hosts)
	test(`refused: ${spec}`, () => {
		assert.deepEqual(refusedHosts(command, output, { allowed, denied: [] }).map(({ host }) => host), refused);
	});

test('a host that is denied for good is told apart', () => {
	const found = refusedHosts('curl https://api.github.com', curl403, { allowed, denied: ['api.github.com'] });

	assert.deepEqual(found, [{ host: 'api.github.com', isDenied: true }]);
});

test('the manifest has what was allowed before, and a star in quotes', () => {
	const text = manifestLines(['*.a.org'], 'b.org').map((line) => line.text).join('\n');

	assert.equal(text, 'spec:\n  sandbox:\n    network:\n      allowedDomains:\n        - "*.a.org"\n        - b.org');
});

// --- A2A events ---

const textPart = (value) => ({ content: { $case: 'text', value } });
const callPart = (id, name, args) => dataPart('function_call', { id, name, args });
const dataPart = (type, value) => ({ content: { $case: 'data', value }, metadata: type && { kagent_type: type } });
const said = (messageId, ...parts) => ({ messageId, role: Role.ROLE_AGENT, parts });
const asked = (messageId, ...parts) => ({ messageId, role: Role.ROLE_USER, parts });
const status = (message, state = TaskState.TASK_STATE_WORKING, metadata = undefined) =>
	({ $case: 'statusUpdate', value: { taskId: 't', status: { state, message }, metadata } });
const task = (state, message, ...history) => ({ $case: 'task', value: { id: 't', status: { state, message }, history, artifacts: [] } });
const artifact = (...parts) => ({ $case: 'artifactUpdate', value: { taskId: 't', artifact: { artifactId: 'a', parts } } });
const show = (events) => entriesOf(events.reduce(apply, emptyChat));
const texts = (events) => show(events).map(({ kind, text }) => [kind, text]);
const partial = { kagent_adk_partial: true };

const turn = [
	status(asked('1', textPart('go')), TaskState.TASK_STATE_SUBMITTED),
	status(said('2', callPart('c', 'bash', { command: 'ls' }))),
	status(said('3', dataPart('function_response', { id: 'c', response: { result: 'a b' } }))),
	status(said('4', textPart('there is ')), undefined, partial),
	status(said('5', textPart('a b')), undefined, partial),
	status(said('6', textPart('there is a b')), undefined, { kagent_adk_partial: false }),
	artifact(textPart('there is a b')),
	status(undefined, TaskState.TASK_STATE_COMPLETED),
];

test('a turn is what was asked, a tool with its output, and the answer once', () => {
	assert.deepEqual(show(turn).map(({ kind, text, output }) => [kind, text ?? output]), [['text', 'go'], ['tool', 'a b'], ['text', 'there is a b']]);
});
test('pieces are joined while they arrive', () => {
	assert.deepEqual(show(turn.slice(0, 5)).at(-1), { kind: 'text', key: 'writing', isMine: false, text: 'there is a b', isLive: true });
});
test('events that come again change nothing', () => {
	for (let count = 1; count <= turn.length; count++) {
		const once = turn.slice(0, count);

		if (!once.at(-1).value.metadata?.kagent_adk_partial) assert.deepEqual(show([...once, once.at(-1)]), show(once));
	}
});
test('the stored task shows what the stream showed', () => {
	const history = turn.filter(({ value }) => value.status?.message && value.metadata !== partial).map(({ value }) => value.status.message);

	assert.deepEqual(show([task(TaskState.TASK_STATE_COMPLETED, undefined, history[0], ...history)]), show(turn));
});
test('an artifact that says something else is shown', () => {
	assert.deepEqual(texts([artifact(textPart('only here'))]), [['text', 'only here']]);
});
test('a failure is a trouble, not an answer', () => {
	assert.deepEqual(texts([task(TaskState.TASK_STATE_FAILED, said('f', textPart('the pod was lost')))]), [['trouble', 'the pod was lost']]);
});

const confirm = (id, call) => callPart(id, 'adk_request_confirmation', { originalFunctionCall: call, toolConfirmation: {} });
const waiting = status(said('q', confirm('1', { id: 'x', name: 'rm' }), confirm('2', { id: 'y', name: 'mv' })), TaskState.TASK_STATE_INPUT_REQUIRED);

test('what is asked for at a time is one prompt, open until it is answered', () => {
	const [prompt] = show([waiting, waiting]);

	assert.deepEqual([prompt.kind, prompt.isOpen, prompt.calls.map(({ name }) => name)], ['prompt', true, ['rm', 'mv']]);
	const [answered] = show([waiting, { $case: 'message', value: asked('d', dataPart(null, { decision_type: 'approve' })) }]);

	assert.deepEqual([!!answered.isOpen, answered.decision.decision_type], [false, 'approve']);
});
test('a tool that needs leave waits with its prompt', () => {
	const [tool] = show([status(said('c', callPart('x', 'rm', {}))), waiting]);

	assert.ok(tool.isAsked);
});
test('a prompt of a task that ended is closed', () => {
	assert.ok(!show([waiting, status(undefined, TaskState.TASK_STATE_FAILED)])[0].isOpen);
});

// --- whatever an agent's model makes up ---

const odd = [null, true, 7, 'x', '', [], [1], [null, ['x']], {}, { x: [1] }];

/** Every document that has one value of `good` replaced by an odd one. */
function* oddForms(good) {
	yield* odd;
	if (good === null || typeof good !== 'object') return;
	for (const key of Object.keys(good))
		for (const form of oddForms(good[key])) yield Object.assign(Array.isArray(good) ? [...good] : { ...good }, { [key]: form });
}

function assertShowable(entry) {
	if (entry.kind === 'tool') {
		assert.equal(typeof entry.name, 'string');
		assert.ok(entry.args && !Array.isArray(entry.args) && typeof entry.args === 'object');
		assert.ok(entry.output === null || typeof entry.output === 'string');
	}
	for (const { id, name, args } of entry.calls ?? []) {
		assert.deepEqual([typeof id, typeof name, typeof args], ['string', 'string', 'object']);
		for (const { question, choices } of name === 'ask_user' ? args.questions : [])
			assert.ok(typeof question === 'string' && choices.every((choice) => typeof choice === 'string'));
	}
	for (const { answer } of entry.decision?.ask_user_answers ?? []) assert.ok(answer.every((one) => typeof one === 'string'));
	if (entry.decision) assert.equal(typeof (entry.decision.decisions ?? {}), 'object');
}

const wanted = { id: 'x', name: 'ask_user', args: { questions: [{ question: 'q', choices: ['a'], multiple: true }] } };
const made = [
	['function_call', { id: 'c', name: 'bash', args: { command: 'ls' } }],
	['function_response', { id: 'c', response: { result: { content: [{ text: 'a' }] } } }],
	['function_call', { id: '1', name: 'adk_request_confirmation', args: { originalFunctionCall: wanted } }],
	[null, { decision_type: 'batch', decisions: { x: 'approve' }, ask_user_answers: [{ answer: ['a'] }], rejection_reasons: {} }],
];

made.forEach(([type, value], at) =>
	test(`data of any shape is shown: ${type ?? 'decision'} ${value.name ?? ''}`, () => {
		for (const form of oddForms(value)) {
			const parts = made.map(([kind, good], index) => dataPart(kind, index === at ? form : good));

			show([status(said('a', ...parts.slice(0, 3)), TaskState.TASK_STATE_INPUT_REQUIRED), status(asked('d', parts[3]))]).forEach(assertShowable);
		}
	}),
);
test('a question that is only a text is asked all the same', () => {
	const question = confirm('1', { id: 'x', name: 'ask_user', args: { questions: 'Which?' } });
	const [prompt] = show([status(said('q', question), TaskState.TASK_STATE_INPUT_REQUIRED)]);

	assert.deepEqual(prompt.calls[0].args.questions, [{ question: 'Which?', choices: [], multiple: false }]);
});

test('what an agent is made without is said beside what it waits for', async (context) => {
	const conditions = [
		{ type: 'Ready', status: 'False', message: 'the pod is not ready yet' },
		{ type: 'UnsupportedFeatures', status: 'False', message: 'nothing' },
		{ type: 'Degraded', status: 'True', message: 'there is no place for spec.x' },
	];
	const agent = { kind: 'SandboxAgent', metadata: { namespace: 'n', name: 'a' }, status: { conditions } };

	context.mock.method(globalThis, 'fetch', async () => Response.json({ data: [{ agent }] }));
	assert.deepEqual((await listAgents())[0].remarks, ['the pod is not ready yet', 'there is no place for spec.x']);
});
