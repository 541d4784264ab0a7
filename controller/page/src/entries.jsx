// What stands in a chat: texts, tools with their output, what the sandbox refused, prompts, troubles.
import { useState } from 'preact/hooks';
import { Markup } from './markup.jsx';
import { Prompt } from './prompts.jsx';
import { manifestLines, refusedHosts } from './network.js';

/** Copies also where the page came by plain HTTP and the browser has no clipboard for it. */
async function copy(text) {
	if (navigator.clipboard) return navigator.clipboard.writeText(text);
	const field = document.body.appendChild(document.createElement('textarea'));

	field.value = text;
	field.select();
	document.execCommand('copy');
	field.remove();
}

function CopyButton({ text, label }) {
	const [isDone, setDone] = useState(false);
	const onClick = async () => {
		await copy(text);
		setDone(true);
		setTimeout(setDone, 2000, false);
	};

	return <button onClick={onClick} aria-label={label}>{isDone ? 'Copied' : 'Copy the line'}</button>;
}

function Refused({ host, isDenied, agent }) {
	if (isDenied)
		return <div class="refused"><p><strong>{host}</strong> is on this agent's deniedDomains: it is never reachable.</p></div>;
	const lines = manifestLines(agent.allowed, host);
	const added = lines.find((line) => line.isNew).text.trim();

	return (
		<div class="refused">
			<p><strong>{host}</strong> is not on this agent's allowlist. To allow it, add the marked line to its manifest:</p>
			<pre>{lines.map(({ text, isNew }) => (isNew ? <mark key="new">{text}{'\n'}</mark> : `${text}\n`))}</pre>
			<CopyButton text={added} label={`Copy the line ${added}`} />
		</div>
	);
}

const commandOf = (args) => args.command ?? args.code ?? '';

/** What a call is about, in one line. */
function summary(name, args) {
	const [first] = Object.values(args).filter((value) => typeof value === 'string');

	return commandOf(args) || first || (Object.keys(args).length ? JSON.stringify(args) : '');
}

function stateOf({ output, isAsked }, refused) {
	if (isAsked) return 'waiting for you';
	if (output === null) return 'running';
	if (refused.length) return 'refused';
	return /^(Command failed|Error)\b/.test(output) ? 'failed' : 'done';
}

function Tool({ entry, agent }) {
	const { name, args, output } = entry;
	const refused = output === null ? [] : refusedHosts(String(commandOf(args)), output, agent);
	const state = stateOf(entry, refused);

	return (
		<div class="tool">
			<details open={refused.length > 0}>
				<summary>
					<span class="tool-name">{name}</span> <code>{String(summary(name, args))}</code>
					<span class={`tool-state is-${state.split(' ')[0]}`}>{state}</span>
				</summary>
				{output !== null && <pre class="output" tabindex="0" aria-label={`Output of ${name}`}>{output || '(no output)'}</pre>}
			</details>
			{refused.map((one) => <Refused key={one.host} {...one} agent={agent} />)}
		</div>
	);
}

function Text({ entry: { isMine, text, isLive }, agent }) {
	return (
		<article class={isMine ? 'text mine' : 'text'} aria-label={isMine ? 'You' : agent.name} aria-busy={isLive ? 'true' : undefined}>
			{isMine ? <p>{text}</p> : <Markup text={text} />}
		</article>
	);
}

export function Entry({ entry, agent, conversation }) {
	switch (entry.kind) {
		case 'text':
			return <Text entry={entry} agent={agent} />;
		case 'tool':
			return <Tool entry={entry} agent={agent} />;
		case 'prompt':
			return <Prompt prompt={entry} onAnswer={(decision) => conversation.answer(entry, decision)} />;
		default:
			return <p class="trouble" role="alert">{entry.text}</p>;
	}
}
