// What a chat consists of. `apply` takes in A2A payloads, of a stream or of a stored task, in any number of repetitions;
// `entriesOf` makes of it what is shown. Nothing here knows of the page or the network.
import { Role, TaskState } from './a2a.js';
import { callOf, decisionOf, outputOf } from './shapes.js';

/** `writing`: the text that is arriving just now. `task`: the one that was heard of last. */
export const emptyChat = { messages: [], writing: '', task: null };

export const textOf = (parts) =>
	parts
		.filter((part) => part.content?.$case === 'text' && !metadataOf(part, 'thought'))
		.map((part) => part.content.value)
		.join('');

const metadataOf = (holder, key) => holder.metadata?.[`adk_${key}`] ?? holder.metadata?.[`kagent_${key}`];

function add(chat, message, facts) {
	const at = chat.messages.findIndex((one) => one.message.messageId === message.messageId);
	const messages = [...chat.messages];

	messages[at < 0 ? messages.length : at] = { ...messages[at], message, ...facts };
	return { ...chat, messages };
}

// What an agent hands over is shown like something it said, unless it has said the very same.
function addArtifact(chat, { taskId, artifact, append }) {
	const messageId = `artifact ${artifact.artifactId}`;
	const before = chat.messages.find((one) => one.message.messageId === messageId)?.message;
	const parts = append && before ? [...before.parts, ...artifact.parts] : artifact.parts;
	const isSaid = chat.messages.some(
		(one) => one.taskId === taskId && one.message.role === Role.ROLE_AGENT && textOf(one.message.parts) === textOf(parts),
	);

	if (isSaid || !textOf(parts)) return chat;
	return add(chat, { messageId, role: Role.ROLE_AGENT, parts }, { taskId });
}

function applyStatus(chat, { taskId, status, ...update }) {
	const isPartial = metadataOf(update, 'adk_partial') === true || metadataOf(update, 'partial') === true;
	const next = { ...chat, task: { id: taskId, state: status.state } };

	if (isPartial) return { ...next, writing: chat.writing + textOf(status.message?.parts ?? []) };
	if (!status.message) return next;
	return add({ ...next, writing: '' }, status.message, {
		taskId,
		isTrouble: status.state === TaskState.TASK_STATE_FAILED || status.state === TaskState.TASK_STATE_REJECTED,
	});
}

function applyTask(chat, task) {
	let next = chat;

	for (const message of task.history ?? []) next = add(next, message, { taskId: task.id });
	if (task.status) next = applyStatus(next, { taskId: task.id, status: task.status });
	for (const artifact of task.artifacts ?? []) next = addArtifact(next, { taskId: task.id, artifact });
	return next;
}

export function apply(chat, { $case, value }) {
	switch ($case) {
		case 'task':
			return applyTask(chat, value);
		case 'message':
			return add(chat, value, { taskId: value.taskId });
		case 'statusUpdate':
			return applyStatus(chat, value);
		case 'artifactUpdate':
			return addArtifact({ ...chat, writing: '' }, value);
		default:
			return chat;
	}
}

class Collector {
	entries = [];
	tools = new Map();
	prompts = new Map();

	put(entry) {
		this.entries.push(entry);
		return entry;
	}

	call({ id, name, args }, taskId) {
		if (name === 'adk_request_confirmation') this.confirm(id, callOf(args.originalFunctionCall), taskId);
		else if (name !== 'ask_user' && !this.tools.has(id))
			this.tools.set(id, this.put({ kind: 'tool', key: `tool ${id}`, name, args, output: null }));
	}

	// One prompt for all that a task waits for at a time: it is answered by one message.
	confirm(id, wanted, taskId) {
		let prompt = this.entries.findLast((entry) => entry.kind === 'prompt' && entry.taskId === taskId && !entry.decision);

		if (this.prompts.has(id)) return;
		prompt ??= this.put({ kind: 'prompt', key: `prompt ${id}`, taskId, calls: [], decision: null });
		prompt.calls.push(wanted);
		this.prompts.set(id, prompt);
	}

	respond({ id, text }) {
		const tool = this.tools.get(id);

		if (tool) tool.output = text;
	}

	decide(data) {
		const prompt = this.entries.findLast((entry) => entry.kind === 'prompt' && !entry.decision);

		if (prompt) prompt.decision = decisionOf(data);
	}

	/** Open is what the task still waits for; the tools that it is about wait with it. */
	open(task) {
		if (task?.state !== TaskState.TASK_STATE_INPUT_REQUIRED) return;
		for (const entry of this.entries) {
			if (entry.kind !== 'prompt' || entry.decision || entry.taskId !== task.id) continue;
			entry.isOpen = true;
			for (const { id } of entry.calls) if (this.tools.has(id)) this.tools.get(id).isAsked = true;
		}
	}

	part(part, { message, taskId }) {
		const data = part.content?.$case === 'data' ? part.content.value : null;
		const type = metadataOf(part, 'type');

		if (!data) return;
		if (data.decision_type && message.role === Role.ROLE_USER) this.decide(data);
		else if (type === 'function_call') this.call(callOf(data), taskId);
		else if (type === 'function_response') this.respond(outputOf(data));
	}

	message(one) {
		const { message, isTrouble } = one;
		const text = textOf(message.parts);
		const isMine = message.role === Role.ROLE_USER;

		if (text.trim())
			this.put({ kind: isTrouble ? 'trouble' : 'text', key: `text ${message.messageId}`, isMine, text });
		for (const part of message.parts) this.part(part, one);
	}
}

/** What is shown, in order: texts, tools with their output, prompts with the decision that was taken, troubles. */
export function entriesOf(chat) {
	const collector = new Collector();

	for (const one of chat.messages) collector.message(one);
	if (chat.writing) collector.put({ kind: 'text', key: 'writing', isMine: false, text: chat.writing, isLive: true });
	collector.open(chat.task);
	return collector.entries;
}
