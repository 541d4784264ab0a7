#include "controller/store/fixture.h"
#include "json/value.h"
#include "support/suite.h"

#include <math.h>

/*
 * What a search finds is held against what is computed here, plainly, from what was added. Runs on SQLite, and on PostgreSQL without
 * and with pgvector ($STORE_TEST_URL).
 */

#define DIMENSIONS 8
#define MEMORIES   500 /* more than one search gives embeddings to */

static float added[MEMORIES][DIMENSIONS]; /* of length 1, or zeros */
static size_t added_count;
static uint32_t chance;

static float part(void)
{
	chance = chance * 1664525 + 1013904223;
	return (float)(chance >> 8) / (float)(1 << 24) - 0.5F;
}

static void normalise(float *vector)
{
	double squares = 0;

	for (size_t i = 0; i < DIMENSIONS; i++)
		squares += (double)vector[i] * vector[i];
	for (size_t i = 0; i < DIMENSIONS && squares > 0; i++)
		vector[i] = (float)(vector[i] / sqrt(squares));
}

/* One in ten is what another is, one in fifty is nothing, one in a hundred too small for a float of full precision. */
static void draw(size_t index, float *vector)
{
	for (size_t i = 0; i < DIMENSIONS; i++)
		vector[i] = index % 50 == 49 ? 0 : part();
	if (index % 100 == 25)
		vector[3] = 1e-40F;
	if (index % 10 == 9 && index % 50 != 49)
		memcpy(vector, added[index - 5], sizeof(added[0]));
}

static void put_item(struct buffer *out, const char *user, const float *vector, size_t dimensions)
{
	buffer_printf(out,
		"%s{\"agent_name\":\"a\",\"user_id\":\"%s\",\"content\":\"%zu\",\"vector\":",
		out->bytes > 1 ? "," : "", user, added_count);
	for (size_t i = 0; i < dimensions; i++)
		buffer_printf(out, "%c%.9g", i ? ',' : '[', (double)vector[i]);
	buffer_puts(out, "]}");
}

/* With each comes one that nobody is to find: another user's, or one of another model. */
static void add(size_t count)
{
	AUTO(buffer) struct buffer items = { 0 };
	const struct fixture_answer *answer;

	buffer_putc(&items, '[');
	for (; count; count--, added_count++) {
		draw(added_count, added[added_count]);
		put_item(&items, "u", added[added_count], DIMENSIONS);
		if (added_count % 2)
			put_item(&items, "v", added[added_count], DIMENSIONS);
		else
			put_item(&items, "u", added[added_count], DIMENSIONS - 1);
		normalise(added[added_count]);
	}
	buffer_putc(&items, ']');
	answer = DO(STORE_MEMORY_ADD, .data = items.data);
	ck_assert_msg(answer->ok, "%s", answer->err.text);
}

static double likeness(const float *wanted, size_t memory)
{
	double sum = 0;

	for (size_t i = 0; i < DIMENSIONS; i++)
		sum += (double)added[memory][i] * wanted[i];
	return sum;
}

/* The best of all but those that were `taken`; the older of equals. */
static size_t best_of_rest(const float *wanted, const bool *taken)
{
	size_t best = added_count;

	for (size_t i = 0; i < added_count; i++)
		if (!taken[i] &&
			(best == added_count || likeness(wanted, i) > likeness(wanted, best)))
			best = i;
	return best;
}

static void put_wanted(struct buffer *out, const float *wanted, double min_score, size_t limit)
{
	bool taken[MEMORIES] = { false };

	buffer_puts(out, "");
	while (limit--) {
		size_t best = best_of_rest(wanted, taken);

		if (best == added_count || likeness(wanted, best) < min_score)
			return;
		taken[best] = true;
		buffer_printf(out, "%zu:%.9g ", best, likeness(wanted, best));
	}
}

static void put_found(struct buffer *out, const char *answer)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct error err = { 0 };

	ck_assert_msg(json_doc_copy(answer, strlen(answer), NULL, &doc, &err), "%s", err.text);
	buffer_puts(out, "");
	json_foreach (memory, json_root(doc))
		buffer_printf(out, "%s:%s ", json_text(json_get(memory, "content"), NULL),
			json_number_text(json_get(memory, "score")));
}

static void search(
	struct buffer *out, const float *vector, size_t dimensions, double min_score, size_t limit)
{
	struct fixture_answer answer;
	struct store_job *job = fixture_job(&(struct fixture_input){
		STORE_MEMORY_SEARCH, .agent = "a", .user = "u", .limit = (int64_t)limit });

	job->vector = malloc(dimensions * sizeof(float));
	memcpy(job->vector, vector, dimensions * sizeof(float));
	job->dimensions = dimensions;
	job->min_score = min_score;
	fixture_submit(&answer, job);
	fixture_wait();
	ck_assert_msg(answer.ok, "%s", answer.err.text);
	put_found(out, answer.json);
	free(answer.json);
}

static const struct {
	const char *spec;
	double min_score;
	size_t limit;
} searches[] = {
	{ "the most like", -1, 1 },
	{ "a few", -1, 5 },
	{ "as many as one may ask for", -1, 100 },
	{ "those that are like enough", 0.6, 100 },
	{ "none is like enough", 1.1, 5 },
};

static void check_searches(void)
{
	for (size_t i = 0; i < COUNT(searches); i++) {
		AUTO(buffer) struct buffer want = { 0 };
		AUTO(buffer) struct buffer found = { 0 };
		float wanted[DIMENSIONS];

		for (size_t k = 0; k < DIMENSIONS; k++)
			wanted[k] = part();
		search(&found, wanted, DIMENSIONS, searches[i].min_score, searches[i].limit);
		normalise(wanted);
		put_wanted(&want, wanted, searches[i].min_score, searches[i].limit);
		ck_assert_msg(strcmp(found.data, want.data) == 0, "%s: %s\nnot %s",
			searches[i].spec, found.data, want.data);
	}
}

START_TEST(the_nearest_memories_are_found_best_first)
{
	add(MEMORIES / 2);
	check_searches();
	check_searches();
	add(MEMORIES - MEMORIES / 2);
	check_searches();
	store_close(fixture_store);
	fixture_open(0);
	check_searches();
	check_searches();
}
END_TEST

/* To a vector of zeros all are equally unlike. */
START_TEST(of_equals_the_oldest_comes_first)
{
	AUTO(buffer) struct buffer found = { 0 };

	add(12);
	for (int i = 0; i < 2; i++) {
		buffer_clear(&found);
		search(&found, (const float[DIMENSIONS]){ 0 }, DIMENSIONS, -1, 5);
		ck_assert_str_eq(found.data, "0:0 1:0 2:0 3:0 4:0 ");
	}
}
END_TEST

/* More dimensions than an index or a column type may take. */
START_TEST(a_vector_of_any_length_is_found)
{
	static const size_t lengths[] = { 1, 2000, 2001, 16000, 16001 };
	float *vector = calloc(16001, sizeof(*vector));

	for (size_t i = 0; i < COUNT(lengths); i++) {
		AUTO(buffer) struct buffer items = { 0 };
		AUTO(buffer) struct buffer found = { 0 };

		vector[lengths[i] - 1] = 2;
		buffer_putc(&items, '[');
		put_item(&items, "u", vector, lengths[i]);
		buffer_putc(&items, ']');
		ck_assert(DO(STORE_MEMORY_ADD, .data = items.data)->ok);
		for (int again = 0; again < 2; again++) {
			buffer_clear(&found);
			search(&found, vector, lengths[i], 0.5, 5);
			ck_assert_msg(strcmp(found.data, "0:1 ") == 0, "%zu dimensions: %s",
				lengths[i], found.data);
		}
		vector[lengths[i] - 1] = 0;
	}
	free(vector);
}
END_TEST

static void begin(void)
{
	chance = 7;
	added_count = 0;
	fixture_setup();
}

int main(void)
{
	Suite *suite = suite_create("likeness");
	TCase *tests = tcase_create("likeness");

	tcase_add_checked_fixture(tests, begin, fixture_teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, the_nearest_memories_are_found_best_first);
	tcase_add_test(tests, of_equals_the_oldest_comes_first);
	tcase_add_test(tests, a_vector_of_any_length_is_found);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
