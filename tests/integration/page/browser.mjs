// The chat page as a person meets it, in Chromium. Usage: node browser.mjs URL SCREENSHOTS, with playwright-core beside it.
// Prints a result line for each claim; ends with 1 when one is not true. Each claim goes on where the one before it ended.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const [url, screenshots] = process.argv.slice(2);
const origin = new URL(url).origin;
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width: 1180, height: 780 }, colorScheme: 'light' });
const page = await context.newPage();
const foreign = [];
const complaints = [];
let failures = 0;

page.setDefaultTimeout(20000);
context.on('request', (request) => {
	if (new URL(request.url()).origin !== origin) foreign.push(request.url());
});
page.on('pageerror', (error) => complaints.push(String(error)));
page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));

async function claim(name, check) {
	try {
		await check();
		console.log(`ok ${name}`);
	} catch (error) {
		failures++;
		console.log(`not ok ${name}`);
		console.log(String(error.stack).split('\n').slice(0, 14).map((line) => `# ${line}`).join('\n'));
		await page.screenshot({ path: `${screenshots}/failure-${failures}.png` }).catch(() => {});
	}
}

const input = page.getByRole('textbox', { name: 'Message sandbox-agent' });
const log = page.getByRole('log');
const answers = log.getByRole('article', { name: 'sandbox-agent' });
const mine = log.getByRole('article', { name: 'You' });
const row = (name) => page.getByRole('navigation', { name: 'Agents' }).getByRole('listitem').filter({ hasText: name }).first();
const idle = () => page.waitForFunction(() => document.querySelector('[role=status]').textContent === '');

async function say(text) {
	await input.fill(text);
	await input.press('Enter');
}

async function sayAndWait(text) {
	await say(text);
	await mine.filter({ hasText: text }).last().waitFor();
	await idle();
}

// What the log shows, without what a reader may have opened.
const shown = () => log.evaluate((it) => [...it.children].map((one) => one.textContent));
const widthIsKept = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

await page.goto(url);
await claim('agents are listed with READY and ACCEPTED', async () => {
	await row('sandbox-agent').getByText('True').first().waitFor();
	assert.match(await row('sandbox-agent').innerText(), /READY\s+True\s+ACCEPTED\s+True/);
	assert.match(await row('weather-agent').innerText(), /ACCEPTED\s+False/);
});
await claim('with the domains they may reach', async () => {
	assert.match(await row('sandbox-agent').innerText(), /api\.github\.com\s+\*\.githubusercontent\.com/);
});
await claim('with what they wait for', async () => {
	assert.match(await row('weather-agent').innerText(), /ModelConfig kagent\/missing not found/);
});
await claim('an agent is chosen by keyboard', async () => {
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await input.waitFor();
	assert.equal(new URL(page.url()).hash, '#/kagent/sandbox-agent');
	await page.getByText('Fetches web pages and says what came back.').waitFor();
});
await claim('Shift+Enter begins a line, Enter sends', async () => {
	await input.fill('say it slowly');
	await input.press('Shift+Enter');
	await input.pressSequentially('please');
	await page.evaluate(() => {
		window.lengths = new Set();
		new MutationObserver(() => {
			const live = document.querySelector('[aria-busy=true]');

			if (live) window.lengths.add(live.textContent.length);
		}).observe(document.querySelector('[role=log]'), { subtree: true, childList: true, characterData: true });
	});
	await input.press('Enter');
	await mine.first().waitFor();
	assert.equal(await mine.first().innerText(), 'say it slowly\nplease');
});
await claim('the answer streams', async () => {
	await answers.filter({ hasText: 'There is nothing to run in this order.' }).waitFor();
	await idle();
	assert.ok((await page.evaluate(() => window.lengths.size)) >= 3, 'it came in fewer than three pieces');
});
await claim('and stands there once', async () => assert.equal(await answers.count(), 1));
await claim('the session has the name of what was said first', () => page.getByText('say it slowly', { exact: true }).waitFor());
await claim('a tool is shown with its output', async () => {
	await sayAndWait('Run `echo $((40 + 2))`');
	await log.locator('details', { hasText: 'bash' }).last().locator('summary').click();
	assert.equal(await log.getByLabel('Output of bash').innerText(), '42');
	assert.equal(await answers.last().innerText(), '42');
});
await claim('a refused host is shown as what it is', async () => {
	await sayAndWait('Fetch https://example.com for me');
	await log.getByText("example.com is not on this agent's allowlist").waitFor();
});
await claim('with the line to add to the manifest', async () => {
	assert.equal(await log.locator('mark').innerText(), '        - example.com\n');
	assert.match(await log.locator('.refused pre').innerText(), /^spec:\n {2}sandbox:\n {4}network:\n {6}allowedDomains:\n {8}- api\.github\.com\n/);
	await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
	await log.getByRole('button', { name: 'Copy the line - example.com' }).click();
	await log.getByText('Copied').waitFor();
	assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '- example.com');
	await log.getByText('Copy the line').waitFor();
});
await page.screenshot({ path: `${screenshots}/light.png` });
await claim('a reload keeps the chat', async () => {
	const before = await shown();

	await page.reload();
	await log.getByText("example.com is not on this agent's allowlist").waitFor();
	await idle();
	assert.deepEqual(await shown(), before);
});
await claim('a reload in the middle of a turn goes on with it', async () => {
	await say('Run `sleep 4; echo waited`');
	await log.getByText('running').waitFor();
	await page.reload();
	await answers.filter({ hasText: /^waited$/ }).waitFor();
	await idle();
});
await claim('a question is asked, and answered by a choice', async () => {
	await say('use ask_user {"questions": [{"question": "Which page?", "choices": ["/old", "/older"]}]}');
	const prompt = page.getByRole('region', { name: 'The agent asks' });

	await prompt.getByRole('radio', { name: '/older' }).check();
	await prompt.getByRole('button', { name: 'Answer' }).click();
	await prompt.waitFor({ state: 'detached' });
	await answers.filter({ hasText: '"/older"' }).waitFor();
	await idle();
});
await claim('while one is asked, it is the way to go on', async () => {
	await say('use delete_page {"path": "/old"}');
	await page.getByRole('region', { name: 'The agent waits for approval' }).waitFor();
	await idle();
	await input.fill('never mind');
	await input.press('Enter');
	assert.equal(await mine.filter({ hasText: 'never mind' }).count(), 0);
	await input.fill('');
});
await claim('a reload keeps the question', async () => {
	await page.reload();
	await page.getByRole('region', { name: 'The agent waits for approval' }).getByText('"path": "/old"').waitFor();
	await log.getByText('waiting for you').waitFor();
});
await claim('an approved tool is called', async () => {
	await page.getByRole('button', { name: 'Approve' }).click();
	await answers.filter({ hasText: 'the page /old is gone' }).waitFor();
	await idle();
	await log.getByText('delete_page: approved').waitFor();
});
await claim('a rejected one is not', async () => {
	await say('use delete_page {"path": "/newer"}');
	await page.getByLabel('Reason, if you reject').fill('it is still read');
	await page.getByRole('button', { name: 'Reject' }).click();
	await log.getByText('delete_page: rejected').waitFor();
	await answers.filter({ hasText: 'it is still read' }).waitFor();
	await idle();
	assert.equal(await answers.filter({ hasText: 'the page /newer is gone' }).count(), 0);
});
await claim('after all that a reload shows the same', async () => {
	const before = await shown();

	await page.reload();
	await log.getByText('delete_page: rejected').waitFor();
	await idle();
	assert.deepEqual(await shown(), before);
});
await claim('the chat is renamed', async () => {
	await page.getByRole('button', { name: 'Rename the chat' }).click();
	await page.getByLabel('Name of the chat').fill('Not this');
	await page.keyboard.press('Escape');
	await page.getByText('say it slowly', { exact: true }).waitFor();
	await page.getByRole('button', { name: 'Rename the chat' }).click();
	await page.getByLabel('Name of the chat').fill('Fetching pages');
	await page.keyboard.press('Enter');
	await page.getByText('Fetching pages', { exact: true }).waitFor();
	await page.reload();
	await page.getByText('Fetching pages', { exact: true }).waitFor();
});
await claim('everything that takes the focus has a name', async () => {
	const nameless = await page.evaluate(() =>
		[...document.querySelectorAll('a, button, input, textarea, [tabindex="0"]')]
			.filter((it) => !(it.getAttribute('aria-label') || it.labels?.length || it.textContent.trim()))
			.map((it) => it.outerHTML),
	);

	assert.deepEqual(nameless, []);
});
await claim('a phone of 320 pixels shows one thing at a time, whole', async () => {
	await page.setViewportSize({ width: 320, height: 640 });
	assert.ok(await widthIsKept(), 'the chat is wider than the screen');
	assert.ok(!(await row('weather-agent').isVisible()));
	await page.getByRole('link', { name: 'All agents' }).click();
	await row('weather-agent').waitFor();
	assert.ok(await widthIsKept(), 'the list is wider than the screen');
	await row('sandbox-agent').getByRole('link').click();
	await input.waitFor();
});
await claim('the dark follows the reader\'s setting', async () => {
	await page.emulateMedia({ colorScheme: 'dark' });
	const shades = await page.evaluate(() => ['backgroundColor', 'color'].map((key) =>
		getComputedStyle(document.querySelector('main.chat'))[key].match(/\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)));

	assert.ok(shades[0] < 200 && shades[1] > 500, `background ${shades[0]}, text ${shades[1]}`);
});
await page.setViewportSize({ width: 390, height: 780 });
await claim('what was said before is read by scrolling up', async () => {
	await page.getByText("example.com is not on this agent's allowlist").evaluate((it) => {
		const log = it.closest('[role=log]');

		log.scrollTop += it.closest('.tool').getBoundingClientRect().bottom - log.getBoundingClientRect().bottom + 70;
	});
	await page.screenshot({ path: `${screenshots}/dark-phone.png` });
});
await claim('deleting asks first', async () => {
	await page.getByRole('button', { name: 'Delete the chat' }).click();
	await page.getByRole('dialog', { name: 'Delete this chat?' }).waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	await page.getByText('Fetching pages', { exact: true }).waitFor();
});
await claim('a deleted chat is gone', async () => {
	await page.getByRole('button', { name: 'Delete the chat' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await page.getByText('New chat').waitFor();
	const listed = await (await fetch(new URL('/api/sessions/agent/kagent/sandbox-agent', url))).json();

	assert.equal((listed.data ?? []).length, 0);
});
await claim('and another begins', async () => {
	await sayAndWait('Run `echo afresh`');
	assert.equal(await answers.last().innerText(), 'afresh');
});
await claim('an agent that is not ready says so instead of hanging', async () => {
	await page.goto(`${url}#/kagent/weather-agent`);
	await page.getByRole('textbox', { name: 'Message weather-agent' }).fill('hello');
	await page.keyboard.press('Enter');
	await page.getByRole('alert').filter({ hasText: 'missing' }).waitFor({ timeout: 45000 });
});
await claim('no request leaves the origin', async () => assert.deepEqual(foreign, []));
await claim('the browser has nothing to complain of', async () => assert.deepEqual(complaints, []));
await browser.close();
process.exit(failures ? 1 : 0);
