// Holds our grammar of domain lists against srt's own rules: the schema it reads its settings with, and the functions it decides on
// a request with. usage: node compare.mjs SRT-FOLDER DRIVER ROWS-TSV SEED COUNT [LEAST]. Ends with 1 when they disagree, or when there
// were fewer than LEAST entries of some kind, which would prove nothing about it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import { pathToFileURL } from 'node:url';
import { entries } from './entries.mjs';

const [folder, driver, rowsFile, seed, count, least] = process.argv.slice(2);
const part = (name) => import(pathToFileURL(`${folder}/dist/sandbox/${name}.js`));
const { NetworkConfigSchema } = await part('sandbox-config');
const { matchesDomainPatternWithPort, splitDomainPatternPort } = await part('domain-pattern');
const { canonicalizeHost, isValidHost } = await part('parent-proxy');
const fields = { allow: 'allowedDomains', deny: 'deniedDomains' };

function srtAccepts(list, entry) {
	return NetworkConfigSchema.shape[fields[list]].safeParse([entry]).success;
}

// As srt decides on a connection, for one entry.
function matches(entry, host, port) {
	return isValidHost(host) && matchesDomainPatternWithPort(canonicalizeHost(host) ?? host, port, entry);
}

// The hosts that an entry could be meant for. For one without a star that is its own host: what srt makes of a request's host
// stays what it is when it is made once more.
function hostsFor(entry) {
	const { hostPattern } = splitDomainPatternPort(entry);
	return hostPattern === '*' ? ['example.com'] : [hostPattern, hostPattern.replace(/^\*\./, 'a.'), hostPattern.replace(/^\*\./, 'a-1.b.')];
}

function canMatch(entry) {
	const port = splitDomainPatternPort(entry).port ?? 443;
	return hostsFor(entry).some((host) => matches(entry, host, port));
}

// What srt takes and can match although no host is spelled so: left out of the grammar on purpose, kind by kind.
const leftOut = {
	'brackets around something else than an IPv6 address': (entry) =>
		entry.startsWith('[') && !isIPv6(entry.slice(1).replace(/[%\]].*$/s, '')),
	'an IPv6 zone of other characters, or a very long one': (entry) =>
		entry.startsWith('[') && /%/.test(entry) && (!/^\[[^%]*%[A-Za-z0-9._~-]*\](:\d+)?$/.test(entry) || entry.length > 300),
	'a label that is empty, too long, or has a hyphen at its edge': (_, host) =>
		!isIP(host) && host.split('.').some((label) => label === '' || label.length > 63 || /^-|-$/.test(label)),
	'a name of more than 253 characters': (_, host) => host.length > 253,
	'a number as the last label of a name': (entry, host) =>
		(entry.startsWith('*.') || !isIP(host)) && /(^|\.)[0-9]+$/.test(host),
};

function kindLeftOut(entry) {
	const host = splitDomainPatternPort(entry).hostPattern.replace(/^\*\./, '');
	return Object.keys(leftOut).find((kind) => leftOut[kind](entry, host));
}

function sameMeaning(entry, written) {
	const before = splitDomainPatternPort(entry);
	const after = splitDomainPatternPort(written);
	return before.port === after.port && before.hostPattern.toLowerCase() === after.hostPattern;
}

// The disagreement, or nothing. `written` is ours, null when it is refused.
function judge(list, entry, written, seen) {
	const accepted = srtAccepts(list, entry);
	const alive = accepted && canMatch(entry);
	const kind = alive ? kindLeftOut(entry) : undefined;

	seen(accepted ? (alive ? kind ?? 'to pass' : 'inert') : 'refused by srt');
	if (written !== null) {
		if (!srtAccepts(list, written)) return 'passes, but srt refuses what is written';
		if (!canMatch(written)) return 'passes, but can never match';
		if (accepted && !sameMeaning(entry, written)) return 'passes, but means something else when written';
		if (kind) return `passes, but is ${kind}`;
	} else if (alive && !kind) {
		return 'is refused, but srt accepts it and it can match';
	}
	return undefined;
}

function ask(questions) {
	const lines = questions.map(([list, entry]) => `${list}\t${JSON.stringify(entry)}\n`).join('');
	const { status, stdout, stderr } = spawnSync(driver, { input: lines, maxBuffer: 1 << 28 });
	const answers = stdout.toString().split('\n').slice(0, -1);

	if (status !== 0 || answers.length !== questions.length)
		throw new Error(`${driver}: status ${status}, ${answers.length} of ${questions.length} answers. ${stderr}`);
	return answers.map((answer) => (answer === '-' ? null : answer.slice(1)));
}

const rows = readFileSync(rowsFile, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line.split('\t')[0]));
const texts = rows.filter((row) => typeof row === 'string');
const made = [...texts, ...entries(Number(seed), Number(count), texts)];
const questions = made.flatMap((entry) => [['allow', entry], ['deny', entry]]);
const answers = ask(questions);
const counts = {};
const wrong = new Set();

questions.forEach(([list, entry], index) => {
	const verdict = judge(list, entry, answers[index], (what) => (counts[what] = (counts[what] ?? 0) + 1));
	if (verdict) wrong.add(`${list} ${JSON.stringify(entry)} ${verdict}${answers[index] ? ` (${answers[index]})` : ''}`);
});
console.log(`seed ${seed}: ${made.length} entries in both lists: ${JSON.stringify(counts)}`);
for (const verdict of [...wrong].sort((a, b) => a.length - b.length).slice(0, 25)) console.log(verdict);
const missing = ['to pass', 'inert', 'refused by srt', ...Object.keys(leftOut)].filter((what) => (counts[what] ?? 0) < Number(least ?? 0));
if (missing.length) console.log(`fewer than ${least} of: ${missing.join(', ')}`);
process.exitCode = wrong.size || missing.length ? 1 : 0;
