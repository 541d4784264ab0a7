#include "agent/srt.h"

#include "common/agent/fixture.h"

#define FILES "'filesystem':{'allowWrite':['.','/tmp'],'denyRead':[],'denyWrite':[]}"
#define BOTH(allowed, denied)                                                                      \
	"{" FILES ",'network':{'allowedDomains':[" allowed "],'deniedDomains':[" denied "]}}"
#define RULES(write, read, no_write)                                                               \
	"{'filesystem':{'allowWrite':[" write "],'denyRead':[" read "],'denyWrite':[" no_write     \
	"]},'network':{'allowedDomains':[],'deniedDomains':[]}}"

static const struct {
	const char *spec, *sandbox, *want, *left_out; /* blank-separated */
} cases[] = {
	{ "no sandbox block", "", BOTH("", ""), "" },
	{ "an empty block", "{}", BOTH("", ""), "" },
	{ "domains in the order written",
		"{network: {allowedDomains: [b.test, a.test:443, '*.c.test']}}",
		BOTH("'b.test','a.test:443','*.c.test'", ""), "" },
	{ "folded to lower case", "{network: {allowedDomains: [API.GitHub.com]}}",
		BOTH("'api.github.com'", ""), "" },
	{ "what srt would refuse is left out and named",
		"{network: {allowedDomains: ['*example.com', ok.test, 'https://x.test/']}}",
		BOTH("'ok.test'", ""), "*example.com https://x.test/" },
	{ "what is no text too", "{network: {allowedDomains: [7, [a], ok.test]}}",
		BOTH("'ok.test'", ""), "7 [\"a\"]" },
	{ "denied domains",
		"{network: {allowedDomains: ['*.a.test'], deniedDomains: [b.a.test, '*:22']}}",
		BOTH("'*.a.test'", "'b.a.test','*:22'"), "" },
	{ "a denial that cannot be told closes the network",
		"{network: {allowedDomains: ['*.a.test'], deniedDomains: ['*b.a.test', c.a.test]}}",
		BOTH("'*.a.test'", "'c.a.test','*'"), "*b.a.test" },
	{ "file rules",
		"{filesystem: {denyRead: [/etc/x, '~/.ssh'], allowWrite: [/work], denyWrite: "
		"[/work/.git]}}",
		RULES("'/work'", "'/etc/x','~/.ssh'", "'/work/.git'"), "" },
	{ "nothing may be written", "{filesystem: {allowWrite: []}}", RULES("", "", ""), "" },
	{ "one rule leaves the others as they are", "{filesystem: {denyRead: [/x]}}",
		RULES("'.','/tmp'", "'/x'", ""), "" },
	{ "an empty path is left out and named", "{filesystem: {allowWrite: ['', /a]}}",
		RULES("'/a'", "", ""), "" },
	{ "a pattern loses its last slash, which srt refuses",
		"{filesystem: {denyRead: ['/x/*/', /y/]}}", RULES("'.','/tmp'", "'/x/*','/y/'", ""),
		"" },
	{ "text is escaped", "{filesystem: {denyRead: ['/a\"<b']}}",
		RULES("'.','/tmp'", "'/a\\'\\u003cb'", ""), "" },
};

START_TEST(settings_say_what_the_sandbox_says)
{
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct yaml_document document = { 0 };
	AUTO(buffer) struct buffer out = { 0 };
	AUTO(buffer) struct buffer left = { 0 };
	struct srt_report report = { 0 };
	struct json_view sandbox = { 0 };
	struct error err;
	bool more;

	ck_assert(
		yaml_reader_new(cases[_i].sandbox, strlen(cases[_i].sandbox), NULL, &reader, &err));
	ck_assert(yaml_reader_next(reader, &document, &more, &err));
	if (more)
		sandbox = json_root(document.doc);
	ck_assert_msg(srt_settings_write(sandbox, &out, &report, &err), "%s: %s", cases[_i].spec,
		err.text);
	want_text(cases[_i].spec, out.data, cases[_i].want);
	for (size_t i = 0; i < report.left_out_count; i++)
		buffer_printf(&left, "%s%s", i ? " " : "", report.left_out[i]);
	ck_assert_str_eq(left.data ? left.data : "", cases[_i].left_out);
	srt_report_fini(&report);
	yaml_document_fini(&document);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, settings_say_what_the_sandbox_says, 0, COUNT(cases));
}

FIXTURE_MAIN("srt", add)
