// The little of Markdown that answers are full of: code blocks, `code` and **bold**. All else is shown as it was written;
// nothing is ever made into HTML.
const fence = /^```[^\n]*\n([\s\S]*?)(?:\n```[ \t]*$|$(?![\s\S]))/gm;
const inline = /`([^`\n]+)`|\*\*([^*\n]+)\*\*/g;

/** Cuts `text` at the matches of `pattern`: what lies between goes through `plain`, each match through `special`. */
function cut(text, pattern, plain, special) {
	const pieces = [];
	let at = 0;

	for (const match of text.matchAll(pattern)) {
		if (match.index > at) pieces.push(plain(text.slice(at, match.index)));
		pieces.push(special(match));
		at = match.index + match[0].length;
	}
	if (at < text.length) pieces.push(plain(text.slice(at)));
	return pieces;
}

const inParagraph = (text) =>
	cut(text, inline, (rest) => rest, ([, code, bold]) => (code ? <code>{code}</code> : <strong>{bold}</strong>));

const paragraphs = (text) =>
	text.split(/\n{2,}/).filter((one) => one.trim()).map((one) => <p>{inParagraph(one.replace(/^\n+|\n+$/g, ''))}</p>);

export function Markup({ text }) {
	return <>{cut(text, fence, paragraphs, ([, code]) => <pre tabindex="0">{code}</pre>)}</>;
}
