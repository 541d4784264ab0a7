// One conversation: its session, what was said in it, and what is going on. Tells `onChange` whenever any of it is new.
import * as api from './api.js';
import { follow, isRunning, newMessage, send, textPart, dataPart } from './a2a.js';
import { apply, emptyChat } from './transcript.js';

const titleOf = (text) => text.trim().split('\n')[0].slice(0, 60) || 'Chat';

export class Conversation {
	session = null;
	chat = emptyChat;
	phase = 'loading'; // loading, idle, busy
	trouble = ''; // why the last thing did not work

	constructor(agent, onChange) {
		this.agent = agent;
		this.onChange = onChange;
		this.closing = new AbortController();
	}

	close() {
		this.onChange = () => {};
		this.closing.abort();
	}

	set(facts) {
		Object.assign(this, facts);
		this.onChange();
	}

	/** What the store knows; then what goes on in the task that still runs, if there is one. */
	async load() {
		this.loaded = this.read().then(() => '', (error) => error.message);
		const trouble = await this.loaded;

		if (isRunning(this.chat.task?.state)) await this.hear(follow(this.agent, this.chat.task.id, this.closing.signal));
		else this.set({ phase: 'idle', trouble });
	}

	async read() {
		const session = await api.findSession(this.agent);
		const tasks = session ? await api.listTasks(session) : [];

		this.set({ session, chat: tasks.reduce((chat, task) => apply(chat, { $case: 'task', value: task }), emptyChat) });
	}

	/** False: not sent, for a reason that `trouble` gives or because the agent is busy. */
	async say(text) {
		await this.loaded;
		return this.phase === 'idle' && this.send([textPart(text)], titleOf(text));
	}

	answer(prompt, decision) {
		return this.send([dataPart(decision)], 'Chat', prompt.taskId);
	}

	async send(parts, title, taskId) {
		this.set({ phase: 'busy', trouble: '' });
		try {
			if (!this.session) this.set({ session: await api.createSession(this.agent, title) });
		} catch (error) {
			this.set({ phase: 'idle', trouble: error.message });
			return false;
		}
		const message = newMessage(this.session.id, parts, taskId);

		this.set({ chat: apply(this.chat, { $case: 'message', value: message }) });
		await this.hear(send(this.agent, message, this.closing.signal));
		return true;
	}

	/** Takes in a stream to its end. What was lost with a broken one is read from the store. */
	async hear(events) {
		this.set({ phase: 'busy' });
		try {
			for await (const payload of events) this.set({ chat: apply(this.chat, payload) });
		} catch (error) {
			if (this.closing.signal.aborted) return;
			this.set({ trouble: error.message });
			await this.read().catch(() => {});
		}
		this.set({ phase: 'idle' });
	}

	async rename(title) {
		try {
			await api.renameSession(this.session, title);
			this.set({ session: { ...this.session, name: title }, trouble: '' });
		} catch (error) {
			this.set({ trouble: error.message });
		}
	}

	async remove() {
		try {
			await api.deleteSession(this.session);
			this.set({ session: null, chat: emptyChat, trouble: '' });
		} catch (error) {
			this.set({ trouble: error.message });
		}
	}
}
