// What an agent waits for from a person: leave to call a tool, or answers to its questions.
import { useEffect, useRef, useState } from 'preact/hooks';

const isQuestion = (call) => call.name === 'ask_user';

function Question({ question: { question, choices = [], multiple }, index }) {
	const name = `answer-${index}`;

	return (
		<fieldset>
			<legend>{question}</legend>
			{choices.map((choice) => (
				<label key={choice} class="choice">
					<input type={multiple ? 'checkbox' : 'radio'} name={name} value={choice} /> {choice}
				</label>
			))}
			<input name={name} aria-label={choices.length ? `Another answer: ${question}` : question}
				placeholder={choices.length ? 'or something else' : 'Your answer'} />
		</fieldset>
	);
}

function Questions({ call, onAnswer }) {
	const questions = call.args.questions ?? [];
	const onSubmit = (event) => {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		const given = questions.map((_, index) => ({ answer: form.getAll(`answer-${index}`).filter((one) => one.trim()) }));

		if (given.every(({ answer }) => answer.length)) onAnswer({ decision_type: 'approve', ask_user_answers: given });
	};

	return (
		<form onSubmit={onSubmit}>
			{questions.map((question, index) => <Question key={index} question={question} index={index} />)}
			<footer><button class="primary">Answer</button></footer>
		</form>
	);
}

function Approval({ call, decision, onDecide, children }) {
	return (
		<fieldset>
			<legend>May <strong>{call.name}</strong> be called?</legend>
			<pre tabindex="0" aria-label={`Arguments of ${call.name}`}>{JSON.stringify(call.args, null, 2)}</pre>
			{children}
			<footer>
				<button type="button" class="primary" aria-pressed={decision === 'approve'} onClick={() => onDecide('approve')}>Approve</button>
				<button type="button" class="danger" aria-pressed={decision === 'reject'} onClick={() => onDecide('reject')}>Reject</button>
			</footer>
		</fieldset>
	);
}

/** One call: the decision is sent at once. Several: when each has one. */
function Approvals({ calls, onAnswer }) {
	const [decisions, setDecisions] = useState({});
	const [reason, setReason] = useState('');
	const decide = (call, decision) => {
		const all = { ...decisions, [call.id]: decision };
		const rejected = Object.keys(all).filter((id) => all[id] === 'reject');

		setDecisions(all);
		if (calls.length === 1)
			onAnswer({ decision_type: decision, ...(decision === 'reject' && reason && { rejection_reason: reason }) });
		else if (calls.every(({ id }) => all[id]))
			onAnswer({
				decision_type: 'batch',
				decisions: all,
				...(reason && { rejection_reasons: Object.fromEntries(rejected.map((id) => [id, reason])) }),
			});
	};

	return calls.map((call, index) => (
		<Approval key={call.id} call={call} decision={decisions[call.id]} onDecide={(one) => decide(call, one)}>
			{index === calls.length - 1 && (
				<input value={reason} aria-label="Reason, if you reject" placeholder="Reason, if you reject"
					onInput={(event) => setReason(event.currentTarget.value)} />
			)}
		</Approval>
	));
}

function decisionText({ decision_type: type, ask_user_answers: answers, decisions }, calls) {
	if (answers) return answers.map(({ answer }) => answer.join(', ')).join(' · ');
	if (type === 'batch')
		return calls.map(({ id, name }) => `${name}: ${decisions?.[id] === 'reject' ? 'rejected' : 'approved'}`).join(', ');
	return `${calls.map(({ name }) => name).join(', ')}: ${type === 'reject' ? 'rejected' : 'approved'}`;
}

function Decided({ prompt: { calls, decision } }) {
	const asked = calls.flatMap((call) => (isQuestion(call) ? (call.args.questions ?? []).map(({ question }) => question) : []));

	return (
		<p class="decided">
			{asked.length > 0 && <span>{asked.join(' ')} </span>}
			{decision ? <strong>{decisionText(decision, calls)}</strong> : <em>not answered</em>}
		</p>
	);
}

export function Prompt({ prompt, onAnswer }) {
	const question = prompt.calls.find(isQuestion);
	const section = useRef(null);

	// Whoever waits in the empty box below is led here; to the whole, so that no key pressed in haste decides.
	useEffect(() => {
		if (prompt.isOpen && !document.activeElement?.value) section.current?.focus();
	}, [prompt.isOpen]);
	if (!prompt.isOpen) return <Decided prompt={prompt} />;
	return (
		<section ref={section} class="prompt" tabindex="-1" aria-label={question ? 'The agent asks' : 'The agent waits for approval'}>
			{question ? <Questions call={question} onAnswer={onAnswer} /> : <Approvals calls={prompt.calls} onAnswer={onAnswer} />}
		</section>
	);
}
