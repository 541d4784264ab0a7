// The list of agents: which are there, what state they are in, what they may reach and what they wait for.
import icon from './icon.svg';

export function Domains({ allowed, denied }) {
	if (allowed.length === 0) return <p class="domains none">no network</p>;
	return (
		<ul class="domains" aria-label="Allowed domains">
			{allowed.map((domain) => <li key={domain}>{domain}</li>)}
			{denied.map((domain) => <li key={`! ${domain}`} class="denied"><span class="hidden">never </span>{domain}</li>)}
		</ul>
	);
}

export function State({ agent }) {
	const level = agent.ready === 'True' && agent.accepted === 'True' ? 'good' : agent.accepted === 'False' ? 'bad' : 'pending';

	return (
		<dl class={`state ${level}`}>
			<div><dt>READY</dt><dd>{agent.ready}</dd></div>
			<div><dt>ACCEPTED</dt><dd>{agent.accepted}</dd></div>
		</dl>
	);
}

function Agent({ agent, isChosen }) {
	return (
		<li class={isChosen ? 'agent chosen' : 'agent'}>
			<a href={`#/${agent.namespace}/${agent.name}`} aria-current={isChosen ? 'page' : undefined}>
				<span class="name">{agent.name}</span> <span class="namespace">{agent.namespace}</span>
			</a>
			<State agent={agent} />
			<Domains allowed={agent.allowed} denied={agent.denied} />
			{agent.remarks.map((text) => <p class="remark" key={text}>{text}</p>)}
		</li>
	);
}

export function AgentList({ agents, trouble, chosen }) {
	return (
		<nav class="agents" aria-label="Agents">
			<header><img src={icon} alt="" width="28" height="28" /><h1>sandgate</h1></header>
			{trouble && <p class="trouble" role="alert">{trouble}</p>}
			<ul>
				{agents?.map((agent) => (
					<Agent key={`${agent.namespace}/${agent.name}`} agent={agent} isChosen={`${agent.namespace}/${agent.name}` === chosen} />
				))}
			</ul>
		</nav>
	);
}
