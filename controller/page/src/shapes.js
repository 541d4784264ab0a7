// What agents and other clients put into data parts, as what the page counts on: an agent's model may have made any of it up, and a
// chat that cannot be shown could not be deleted either.
const objectOf = (value) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {});
const wordsOf = (value) => (typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value));
const listOf = (value) => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]);

function questionOf(value) {
	const { question, choices, multiple } = typeof value === 'string' ? { question: value } : objectOf(value);

	return { question: wordsOf(question), choices: listOf(choices).map(wordsOf), multiple: Boolean(multiple) };
}

/** A call of a tool. Questions are the argument of one. */
export function callOf(value) {
	const { id, name, args } = objectOf(value);
	const call = { id: wordsOf(id), name: wordsOf(name), args: objectOf(args) };

	if (call.name === 'ask_user') call.args = { ...call.args, questions: listOf(call.args.questions).map(questionOf) };
	return call;
}

/** What a person decided about such calls. */
export function decisionOf(value) {
	const { decision_type: type, ask_user_answers: answers, decisions } = objectOf(value);

	return {
		decision_type: wordsOf(type),
		...(answers && { ask_user_answers: listOf(answers).map((one) => ({ answer: listOf(objectOf(one).answer).map(wordsOf) })) }),
		...(decisions && { decisions: objectOf(decisions) }),
	};
}

/** The output of a tool as text: agents wrap it in different ways. */
export function outputOf(value) {
	const { id, response } = objectOf(value);
	const result = response?.result ?? response?.error ?? response;
	const text = Array.isArray(result?.content) ? result.content.map((one) => one?.text ?? one).map(wordsOf).join('\n') : null;

	return { id: wordsOf(id), text: text ?? (typeof result === 'string' ? result : (JSON.stringify(result, null, 2) ?? '')) };
}
