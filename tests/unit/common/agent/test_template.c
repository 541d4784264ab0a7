#include "agent/template.h"

#include "common/agent/fixture.h"

static struct json_object *list_of(const char *const *texts)
{
	struct json_object *list = json_object_new_array();

	for (; *texts; texts++)
		json_object_array_add(list, json_object_new_string(*texts));
	return list;
}

static bool render(const char *text, size_t bytes, char **out, struct error *err)
{
	AUTO(json)
	struct json_object *tools = list_of((const char *const[]){ "get", "put", "del", NULL });
	AUTO(json) struct json_object *skills = list_of((const char *const[]){ NULL });
	AUTO(json) struct json_object *includes = json_object_new_object();
	AUTO(buffer) struct buffer result = { 0 };
	struct template_input input = { "bot", "team", "a <b> & 'c'", tools, skills, includes };

	json_object_object_add(includes, "lib/one", json_object_new_string("ONE {{.AgentName}}"));
	json_object_object_add(includes, "lib/two", json_object_new_string("TWO"));
	if (!template_render(text, bytes, &input, &result, err))
		return false;
	*out = buffer_take(&result);
	return true;
}

static const struct {
	const char *spec, *text, *want;
} rendered[] = {
	{ "plain text stays", "just {text} } {", "just {text} } {" },
	{ "the input's fields", "{{.AgentName}}/{{.AgentNamespace}}: {{.Description}}",
		"bot/team: a <b> & 'c'" },
	{ "a list prints in brackets", "{{.ToolNames}} {{.SkillNames}}", "[get put del] []" },
	{ "an include is not processed again", "{{include \"lib/one\"}}", "ONE {{.AgentName}}" },
	{ "an include's name may be computed", "{{include (print \"lib/\" \"two\")}}", "TWO" },
	{ "a pipeline passes its value last", "{{\"two\" | printf \"%s/%s\" \"lib\" | include}}",
		"TWO" },
	{ "if, else if, else", "{{if .SkillNames}}s{{else if .ToolNames}}t{{else}}n{{end}}", "t" },
	{ "if with no branch taken", "[{{if false}}x{{end}}]", "[]" },
	{ "range over names", "{{range .ToolNames}}{{.}},{{end}}", "get,put,del," },
	{ "range with index and value", "{{range $i, $t := .ToolNames}}{{$i}}={{$t}} {{end}}",
		"0=get 1=put 2=del " },
	{ "range with one variable", "{{range $t := .ToolNames}}{{$t}}{{end}}", "getputdel" },
	{ "range over nothing takes else", "{{range .SkillNames}}x{{else}}none{{end}}", "none" },
	{ "range over a number", "{{range 3}}{{.}}{{end}}", "012" },
	{ "break and continue",
		"{{range .ToolNames}}{{if eq . \"put\"}}{{continue}}{{end}}{{.}}{{if eq . "
		"\"del\"}}{{break}}{{end}};{{end}}",
		"get;del" },
	{ "with sets the dot",
		"{{with .AgentName}}{{.}}{{end}}{{with .SkillNames}}x{{else}}-{{end}}", "bot-" },
	{ "else with", "{{with .SkillNames}}x{{else with .AgentName}}{{.}}{{end}}", "bot" },
	{ "variables, declared and set", "{{$x := 1}}{{range .ToolNames}}{{$x = .}}{{end}}{{$x}}",
		"del" },
	{ "a variable inside a block ends with it",
		"{{$x := \"a\"}}{{if true}}{{$x := \"b\"}}{{$x}}{{end}}{{$x}}", "ba" },
	{ "$ is the input, everywhere", "{{range .ToolNames}}{{$.AgentName}}{{end}}", "botbotbot" },
	{ "comments vanish", "a{{/* x }} y */}}b", "ab" },
	{ "trimmed comments take the blanks with them", "a \n {{- /* x */ -}} \n b", "ab" },
	{ "trim marks", "a  {{- .AgentName -}}  b {{.AgentName}} c", "abotb bot c" },
	{ "a minus without a blank is a number", "{{-3}}", "-3" },
	{ "actions may span lines", "{{\n.AgentName\n}}", "bot" },
	{ "large and small decimals have an exponent",
		"{{999999.5}} {{1e6}} {{1234567.25}} {{0.0001}} {{0.00001}}",
		"999999.5 1e+06 1.23456725e+06 0.0001 1e-05" },
	{ "literals", "{{\"a\\tb\"}} {{`r\"w`}} {{'A'}} {{42}} {{1.50}} {{true}} {{0x1f}} {{1e3}}",
		"a\tb r\"w 65 42 1.5 true 31 1000" },
	{ "unicode escapes", "{{\"\\u00fc\\x41\\U0001F600\"}}",
		"\xc3\xbc"
		"A\xf0\x9f\x98\x80" },
	{ "and, or give the value that decides",
		"{{and 1 0 2}}{{and 1 2}}{{or 0 \"\" \"x\"}}{{or 0 \"\"}}", "02x" },
	{ "or stops before what would not work", "{{or true (index .ToolNames 9)}}", "true" },
	{ "not and comparisons",
		"{{not 1}} {{eq 1 2 1}} {{ne \"a\" \"b\"}} {{lt 1 2}} {{le 2 2}} {{gt 1.5 2.5}} "
		"{{ge \"b\" \"a\"}}",
		"false true true true true false true" },
	{ "len and index",
		"{{len .ToolNames}} {{len \"abc\"}} {{index .ToolNames 1}} {{index \"a\" 0}}",
		"3 3 put 97" },
	{ "slice", "{{slice .ToolNames 1}} {{slice \"abcd\" 1 3}} {{slice .ToolNames 0 0}}",
		"[put del] bc []" },
	{ "print puts blanks between what is no text",
		"{{print 1 2 \"a\" 3 4}} {{println \"x\" 1}}", "1 2a3 4 x 1\n" },
	{ "printf",
		"{{printf \"%5d|%-4s|%q|%v|%t|%x|%05.1f|%%\" 42 \"ab\" \"q\\\"\" .ToolNames true "
		"\"hi\" 2.25}}",
		"   42|ab  |\"q\\\"\"|[get put del]|true|6869|002.2|%" },
	{ "html, js, urlquery",
		"{{.Description | html}} {{js .Description}} {{urlquery .Description}}",
		"a &lt;b&gt; &amp; &#39;c&#39; a \\u003Cb\\u003E \\u0026 \\'c\\' "
		"a+%3Cb%3E+%26+%27c%27" },
	{ "parentheses with a field behind them", "{{($).AgentName}}", "bot" },
	{ "a pipeline in parentheses",
		"{{if (and (eq .AgentName \"bot\") (gt (len .ToolNames) 2))}}yes{{end}}", "yes" },
	{ "nil prints as no value", "{{with $x := .AgentName}}{{$x}}{{end}}", "bot" },
};

START_TEST(a_template_renders)
{
	AUTO(text) char *got = NULL;
	struct error err;

	ck_assert_msg(render(rendered[_i].text, strlen(rendered[_i].text), &got, &err), "%s: %s",
		rendered[_i].spec, err.text);
	ck_assert_msg(strcmp(got, rendered[_i].want) == 0, "%s\n got: %s\nwant: %s",
		rendered[_i].spec, got, rendered[_i].want);
}
END_TEST

#define PARSE "failed to parse system message template: "
#define RUN   "failed to execute system message template: "

static const struct {
	const char *spec, *text, *says;
} refused[] = {
	{ "an open action", "a\n{{.AgentName", PARSE "line 2: unclosed action" },
	{ "an open comment", "{{/* x", PARSE "line 1: unclosed comment" },
	{ "a comment with something behind it", "{{/* x */ .A}}",
		PARSE "line 1: comment ends before closing delimiter" },
	{ "an unknown function", "\n\n{{foo .A}}", PARSE "line 3: function \"foo\" not defined" },
	{ "define is not part of it", "{{define \"x\"}}{{end}}",
		PARSE "line 1: \"define\" is not supported in system messages" },
	{ "template is not part of it", "{{template \"x\"}}",
		PARSE "line 1: \"template\" is not supported in system messages" },
	{ "call is not part of it", "{{call .X}}",
		PARSE "line 1: \"call\" is not supported in system messages" },
	{ "a missing end", "{{if true}}x",
		PARSE "line 1: unexpected end of the text: an {{end}} is missing" },
	{ "an end too many", "x{{end}}", PARSE "line 1: unexpected {{end}}" },
	{ "an else without if", "x{{else}}", PARSE "line 1: unexpected {{else}}" },
	{ "two else", "{{if 1}}{{else}}{{else}}{{end}}",
		PARSE "line 1: expected end; found {{else}}" },
	{ "an undefined variable", "{{$x}}", PARSE "line 1: undefined variable \"$x\"" },
	{ "a variable outside its block", "{{if true}}{{$x := 1}}{{end}}{{$x}}",
		PARSE "line 1: undefined variable \"$x\"" },
	{ "setting what was not declared", "{{$x = 1}}",
		PARSE "line 1: undefined variable \"$x\"" },
	{ "an empty action", "{{}}", PARSE "line 1: missing value for command" },
	{ "an empty pipeline stage", "{{.A | }}", PARSE "line 1: missing value for command" },
	{ "a value as a pipeline stage", "{{1 | 2}}",
		PARSE "line 1: non executable command in pipeline" },
	{ "break outside range", "{{break}}", PARSE "line 1: {{break}} outside {{range}}" },
	{ "an odd character", "{{.A ; .B}}",
		PARSE "line 1: unrecognized character in action: ';'" },
	{ "a bad number", "{{12abc}}", PARSE "line 1: bad number syntax: \"12abc\"" },
	{ "an open string", "{{\"abc}}", PARSE "line 1: unterminated quoted string" },
	{ "a bad escape", "{{\"\\z\"}}", PARSE "line 1: unexpected \"\"\\z\"\" in a quoted text" },
	{ "an open parenthesis", "{{(.AgentName}}", PARSE "line 1: unclosed left paren" },
	{ "an unknown field", "{{.Agent}}",
		RUN "line 1: can't evaluate field Agent: there are AgentName, AgentNamespace, "
		    "Description, ToolNames and SkillNames" },
	{ "a field of a text", "{{.AgentName.X}}",
		RUN "line 1: can't evaluate field X in type string" },
	{ "a name does not end at a NUL", "{{include \"lib/two\\x00\"}}",
		RUN "line 1: error calling include: prompt template \"lib/two\" not found in "
		    "promptSources, available: [lib/one lib/two]" },
	{ "an unknown include names what there is", "{{include \"x\"}}",
		RUN "line 1: error calling include: prompt template \"x\" not found in "
		    "promptSources, available: [lib/one lib/two]" },
	{ "a wrong number of arguments", "{{len}}",
		RUN "line 1: wrong number of args for len: got 0" },
	{ "an argument to a field", "{{.AgentName 1}}",
		RUN "line 1: can't give argument to what is no function" },
	{ "an index beyond the end", "{{index .ToolNames 3}}",
		RUN "line 1: error calling index: index out of range: 3" },
	{ "comparing text and number", "{{eq .AgentName 1}}",
		RUN "line 1: error calling eq: incompatible types for comparison" },
	{ "range over a number with two variables", "{{range $i, $x := 3}}{{end}}",
		RUN "line 1: a number can't be ranged over by more than one variable" },
	{ "range over a text", "{{range .AgentName}}{{end}}",
		RUN "line 1: range can't iterate over a string" },
	{ "nil alone", "{{nil}}", RUN "line 1: nil is not a command" },
	{ "the whole input", "{{.}}",
		RUN "the dot as a whole cannot be printed: name a field, such as .AgentName" },
	{ "an unknown verb", "{{printf \"%w\" 1}}",
		RUN "line 1: error calling printf: %w is not supported: there are %v %s %q %d %t "
		    "%x %c %f %e %g" },
	{ "a verb that does not fit", "{{printf \"%d\" \"x\"}}",
		RUN "line 1: error calling printf: %d does not fit the type string" },
	{ "too few values", "{{printf \"%d\"}}",
		RUN "line 1: error calling printf: more verbs than values" },
	{ "endless loops", "{{range 1000}}{{range 1000}}{{end}}{{end}}",
		RUN "line 1: more than 200000 steps" },
	{ "endless text", "{{$x := \"0123456789abcdef\"}}{{range 30}}{{$x = print $x $x}}{{end}}",
		RUN "line 1: error calling print: the result is larger than 1048576 bytes" },
};

START_TEST(a_template_is_refused_by_name)
{
	AUTO(text) char *got = NULL;
	struct error err = { 0 };

	ck_assert_msg(!render(refused[_i].text, strlen(refused[_i].text), &got, &err), "%s: passes",
		refused[_i].spec);
	ck_assert_msg(strcmp(err.text, refused[_i].says) == 0, "%s\n got: %s\nwant: %s",
		refused[_i].spec, err.text, refused[_i].says);
}
END_TEST

static const struct {
	const char *spec, *text, *want;
} included[] = {
	{ "an include is reached", "{{include \"a/b\"}}\n{{include `c/d` | html}}",
		"1 a/b always\n2 c/d always\n" },
	{ "unless under a condition",
		"{{if include \"a/b\"}}{{include \"c/d\"}}{{else}}{{include \"e/f\"}}{{end}}",
		"1 a/b always\n1 c/d perhaps\n1 e/f perhaps\n" },
	{ "or in a loop", "{{range .ToolNames}}{{with 1}}{{include \"a/b\"}}{{end}}{{end}}",
		"1 a/b perhaps\n" },
	{ "or behind what decides",
		"{{or (include \"a/b\") (include \"c/d\")}}{{and 0 (print (include \"e/f\"))}}",
		"1 a/b always\n1 c/d perhaps\n1 e/f perhaps\n" },
	{ "as an argument and in a variable",
		"{{$x := len (include \"a/b\")}}{{print 1 (include \"c/d\")}}",
		"1 a/b always\n1 c/d always\n" },
	{ "a name that is made up while it runs is not known",
		"{{include (print \"a/\" .AgentName)}}{{\"a/b\" | include}}{{include .AgentName}}",
		"" },
	{ "a text is no include", "include \"a/b\"{{print \"a/b\"}}", "" },
};

static void note_include(void *context, const struct template_include *include)
{
	buffer_printf(context, "%zu %.*s %s\n", include->line, (int)include->bytes, include->name,
		include->is_certain ? "always" : "perhaps");
}

START_TEST(includes_are_found)
{
	AUTO(buffer) struct buffer found = { 0 };
	struct error err;

	buffer_puts(&found, "");
	ck_assert_msg(template_check(included[_i].text, strlen(included[_i].text), note_include,
			      &found, &err),
		"%s: %s", included[_i].spec, err.text);
	ck_assert_msg(strcmp(found.data, included[_i].want) == 0, "%s: %s", included[_i].spec,
		found.data);
	ck_assert(template_check(included[_i].text, strlen(included[_i].text), NULL, NULL, &err));
}
END_TEST

START_TEST(deep_nesting_is_refused_not_followed)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(text) char *got = NULL;
	struct error err = { 0 };

	buffer_puts(&text, _i ? "" : "{{");
	for (int i = 0; i < 5000; i++)
		buffer_puts(&text, _i ? "{{if true}}" : "(");
	ck_assert(!render(text.data, text.bytes, &got, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "nested too deeply"));
}
END_TEST

/* Whatever is cut off, the answer is a text or an error, and every byte read is inside. */
START_TEST(a_cut_template_is_safe)
{
	static const char text[] =
		"{{- /* c */ -}} {{range $i, $t := .ToolNames}}{{if and (eq $t \"put\") `x`}}"
		"{{printf \"%-5.2f|%q\" 1.5 $t | html}}{{else with index $.ToolNames "
		"$i}}{{'\\x41'}}{{.}}"
		"{{end}}{{end}} {{- include \"lib/two\" -}} end";

	for (size_t bytes = 0; bytes < sizeof(text); bytes++) {
		AUTO(text) char *copy = malloc(bytes ? bytes : 1);
		AUTO(text) char *got = NULL;
		struct error err = { 0 };

		memcpy(copy, text, bytes);
		if (!render(copy, bytes, &got, &err))
			ck_assert_int_ne(err.code, ERR_NONE);
	}
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, a_template_renders, 0, COUNT(rendered));
	tcase_add_loop_test(tcase, includes_are_found, 0, COUNT(included));
	tcase_add_loop_test(tcase, a_template_is_refused_by_name, 0, COUNT(refused));
	tcase_add_loop_test(tcase, deep_nesting_is_refused_not_followed, 0, 2);
	tcase_add_test(tcase, a_cut_template_is_safe);
}

FIXTURE_MAIN("template", add)
