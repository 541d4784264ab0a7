// The page: the agents on one side, a chat with one of them on the other. The address says which: #/NAMESPACE/NAME.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { listAgents } from './api.js';
import { AgentList } from './agents.jsx';
import { Chat } from './chat.jsx';
import './style.css';

const REFRESH_MS = 3000;

const keyOf = (agent) => `${agent.namespace}/${agent.name}`;
const hashKey = () => decodeURIComponent(location.hash).replace(/^#\//, '');

function useHash() {
	const [key, setKey] = useState(hashKey);

	useEffect(() => {
		const onChange = () => setKey(hashKey());

		addEventListener('hashchange', onChange);
		return () => removeEventListener('hashchange', onChange);
	}, []);
	return key;
}

/** The agents, asked for again and again while somebody looks; `agents` is null before the first answer. */
function useAgents() {
	const [state, setState] = useState({ agents: null, trouble: '' });

	useEffect(() => {
		let timer;
		const refresh = async () => {
			clearTimeout(timer);
			try {
				if (!document.hidden) setState({ agents: await listAgents(), trouble: '' });
			} catch (error) {
				setState(({ agents }) => ({ agents, trouble: `The agents cannot be listed: ${error.message}` }));
			}
			timer = setTimeout(refresh, REFRESH_MS);
		};

		refresh();
		document.addEventListener('visibilitychange', refresh);
		return () => {
			clearTimeout(timer);
			document.removeEventListener('visibilitychange', refresh);
		};
	}, []);
	return state;
}

function Nothing({ chosen, agents, trouble }) {
	const text = chosen
		? `There is no SandboxAgent ${chosen}.`
		: agents?.length === 0
			? 'No agents yet. Apply a SandboxAgent, and it appears here.'
			: 'Choose an agent to talk to.';

	return <main class="nothing">{agents && !trouble && <p>{text}</p>}</main>;
}

function Page() {
	const chosen = useHash();
	const { agents, trouble } = useAgents();
	const agent = agents?.find((one) => keyOf(one) === chosen);

	useEffect(() => {
		document.title = agent ? `${agent.name} · sandgate` : 'sandgate';
	}, [agent?.name]);
	return (
		<div class={chosen ? 'layout has-chat' : 'layout'}>
			<AgentList agents={agents} trouble={trouble} chosen={chosen} />
			{agent ? <Chat key={chosen} agent={agent} /> : <Nothing chosen={chosen} agents={agents} trouble={trouble} />}
		</div>
	);
}

render(<Page />, document.getElementById('page'));
