// Entries for domain lists: some from the grammar, most of them one to four mistakes away from it or from a row of the data file.
// The same seed gives the same entries.

export function random(seed) {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
		return (mixed ^ (mixed >>> 14)) >>> 0;
	};
	return {
		below: (limit) => next() % limit,
		one: (list) => list[next() % list.length],
		chance: (percent) => next() % 100 < percent,
	};
}

const EDGE = 'abcxyz0189_';
const INNER = 'abcxyz0189_-';
const HEX = '0123456789abcdefABCDEF';
const NOISE = [
	..."aZ09-_.:*[]%/\\@?#,; \t\n\u0000\"'{}()<>|~^`!$&+=",
	...'\u00fc\u00df\u0130\u3002\uff0e\u200d\u00ad\u0301\ufeff\u2603', '\u{1f600}', '\ud800', '..', '*.', '**', '::', ']:', '0x', '0x7f', '0',
	'00', '65535', '65536', ':80', ':0', ':080', 'xn--', 'xn--a', 'localhost', 'com', 'http://', '//', '%25', '%eth0', '/8',
];

function text(r, alphabet, bytes) {
	let made = '';
	for (let i = 0; i < bytes; i++) made += r.one(alphabet);
	return made;
}

function label(r) {
	const length = r.chance(4) ? 60 + r.below(6) : 1 + r.below(8);
	return length < 2 ? text(r, EDGE, length) : text(r, EDGE, 1) + text(r, INNER, length - 2) + text(r, EDGE, 1);
}

function name(r) {
	const labels = [];
	for (let count = 2 + r.below(r.chance(3) ? 60 : 4); count > 0; count--) labels.push(label(r));
	if (r.chance(30)) labels.push(r.one(['com', 'co.uk', 'svc.cluster.local', 'xn--bcher-kva.example', 'XN--P1AI', 'localhost']));
	return labels.join('.');
}

// Numbers as programs write them in addresses: decimal, octal, hexadecimal, too large, with zeros before them.
function number(r) {
	return r.one([
		() => String(r.below(256)), () => String(r.below(256)), () => String(r.below(256)), () => String(r.below(70000)),
		() => '0' + r.below(400), () => '0x' + text(r, HEX, r.below(4)), () => '0X' + text(r, HEX, 1), () => String(4294967290 + r.below(10)),
	])();
}

function address4(r, plain) {
	const numbers = [];
	for (let count = plain ? 4 : 1 + r.below(5); count > 0; count--) numbers.push(plain ? String(r.below(256)) : number(r));
	return numbers.join('.');
}

function address6(r) {
	const groups = [];
	for (let count = r.below(9); count > 0; count--) groups.push(text(r, HEX, 1 + r.below(r.chance(3) ? 6 : 4)));
	if (r.chance(70)) groups.splice(r.below(groups.length + 1), 0, '');
	let made = groups.join(':');
	if (r.chance(10)) made = r.one(['::ffff:', '::', '64:ff9b::']) + address4(r, r.chance(80));
	if (made.startsWith(':') && !made.startsWith('::')) made = ':' + made;
	if (made.endsWith(':') && !made.endsWith('::')) made += ':';
	return made;
}

function port(r) {
	return r.chance(60) ? '' : ':' + r.one([1 + r.below(65535), 1 + r.below(65535), r.below(200000), 65535, 65536, 0, 1]);
}

function entry(r) {
	const host = r.one([
		() => name(r), () => name(r), () => '*.' + name(r), () => address4(r, true), () => address4(r, false),
		() => '[' + address6(r) + ']', () => '[' + address6(r) + '%' + text(r, INNER, r.below(6)) + ']',
		() => r.one(['localhost', 'LocalHost', '*', '*.localhost', 'foo.localhost']), () => label(r), () => '*.' + address4(r, false),
		() => name(r) + '.' + number(r), () => '[' + r.one([name, (q) => address4(q, false)])(r) + ']',
	])();
	return host + port(r);
}

function changed(r, before) {
	const letters = [...before];
	const at = r.below(letters.length + 1);

	switch (r.below(7)) {
	case 0:
		letters.splice(at, 0, r.one(NOISE));
		break;
	case 1:
		letters.splice(at, 1);
		break;
	case 2:
		letters.splice(at, 1, r.one(NOISE));
		break;
	case 3:
		letters.splice(at, 0, ...letters.slice(at, at + 1 + r.below(8)));
		break;
	case 4:
		if (at < letters.length) letters[at] = r.chance(50) ? letters[at].toUpperCase() : letters[at].toLowerCase();
		break;
	case 5:
		letters.push(r.one(NOISE));
		break;
	default:
		letters.unshift(r.one(NOISE));
	}
	return letters.join('');
}

// `rows` are entries to begin from.
export function entries(seed, count, rows) {
	const r = random(seed);
	const made = [];

	while (made.length < count) {
		let next = rows.length && r.chance(40) ? r.one(rows) : entry(r);
		if (!r.chance(35)) for (let times = 1 + r.below(4); times > 0; times--) next = changed(r, next);
		if (r.chance(10)) next = r.chance(50) ? next.toUpperCase() : next.toLowerCase();
		made.push(next);
	}
	return made;
}
