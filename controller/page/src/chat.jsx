// A chat with one agent: its head with the session, what was said, and the box to write in.
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import { Conversation } from './conversation.js';
import { entriesOf } from './transcript.js';
import { Domains, State } from './agents.jsx';
import { Entry } from './entries.jsx';
import { Session } from './session.jsx';

function useConversation(agent) {
	const [, redraw] = useReducer((turn) => turn + 1, 0);
	const held = useRef(null);

	held.current ??= new Conversation(agent, redraw);
	useEffect(() => {
		held.current.load();
		return () => held.current.close();
	}, []);
	return held.current;
}

/** Keeps the end in sight while things are added, unless the reader has scrolled away from it. */
function useEndInSight(entries) {
	const box = useRef(null);
	const isAtEnd = useRef(true);
	const onScroll = ({ currentTarget: it }) => {
		isAtEnd.current = it.scrollHeight - it.scrollTop - it.clientHeight < 60;
	};

	useLayoutEffect(() => {
		if (isAtEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
	}, [entries]);
	// Also when the room changes: a phone turned, its keyboard come up.
	useEffect(() => {
		const it = box.current;
		const observer = new ResizeObserver(() => {
			if (isAtEnd.current) it.scrollTop = it.scrollHeight;
		});

		observer.observe(it);
		return () => observer.disconnect();
	}, []);
	return { ref: box, onScroll };
}

function Composer({ conversation, agent, isAsked }) {
	const [text, setText] = useState('');
	const field = useRef(null);
	const isBusy = conversation.phase === 'busy';
	const submit = async () => {
		const said = text.trim();

		if (!said || isBusy || isAsked) return;
		setText('');
		if (!(await conversation.say(said))) setText(said);
		field.current?.focus();
	};
	const onKeyDown = (event) => {
		if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
		event.preventDefault();
		submit();
	};
	const placeholder = isAsked
		? 'Answer the question above first'
		: agent.ready === 'True' ? `Message ${agent.name}` : `${agent.name} is not ready; a message waits for it`;

	return (
		<form class="composer" onSubmit={(event) => { event.preventDefault(); submit(); }}>
			<textarea ref={field} rows="1" value={text} placeholder={placeholder} aria-label={`Message ${agent.name}`}
				aria-describedby="keys" enterkeyhint="send" autofocus
				onInput={(event) => setText(event.currentTarget.value)} onKeyDown={onKeyDown} />
			<button class="primary" disabled={isBusy || isAsked || !text.trim()}>Send</button>
			<p id="keys" class="keys"><kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> begins a line</p>
		</form>
	);
}

const saysNow = { loading: 'Loading the chat', busy: 'The agent is working', idle: '' };

function Log({ conversation, agent, entries }) {
	const last = entries.at(-1);
	const isThinking = conversation.phase === 'busy' && !last?.isLive;

	return (
		<div class="log" {...useEndInSight(conversation.chat)} role="log" aria-label={`Chat with ${agent.name}`} tabindex="0">
			{entries.length === 0 && conversation.phase === 'idle' && (
				<div class="welcome">
					<h2>{agent.name}</h2>
					<p>{agent.description || 'Nothing was said yet.'}</p>
					<p>Its commands may reach:</p>
					<Domains allowed={agent.allowed} denied={agent.denied} />
				</div>
			)}
			{entries.map((entry) => <Entry key={entry.key} entry={entry} agent={agent} conversation={conversation} />)}
			{isThinking && <p class="thinking" aria-hidden="true"><i /><i /><i /></p>}
		</div>
	);
}

export function Chat({ agent }) {
	const conversation = useConversation(agent);
	const entries = entriesOf(conversation.chat);

	return (
		<main class="chat">
			<header>
				<a class="back" href="#/" aria-label="All agents">‹</a>
				<h2>{agent.name}<span class="namespace">{agent.namespace}{agent.model && ` · ${agent.model}`}</span></h2>
				<State agent={agent} />
				<Session conversation={conversation} />
			</header>
			{agent.remarks.map((text) => <p class="remark" key={text}>{text}</p>)}
			<Log conversation={conversation} agent={agent} entries={entries} />
			<p class="hidden" role="status">{saysNow[conversation.phase]}</p>
			{conversation.trouble && <p class="trouble" role="alert">{conversation.trouble}</p>}
			<Composer conversation={conversation} agent={agent} isAsked={entries.some((entry) => entry.isOpen)} />
		</main>
	);
}
