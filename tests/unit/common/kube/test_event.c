#include "common/kube/rig.h"
#include "kube/event.h"

static struct {
	atomic_int posts;
	char last[8192];
} posted;

static bool answer_events(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target UNUSED, const char *request)
{
	snprintf(posted.last, sizeof(posted.last), "%s", request);
	atomic_fetch_add(&posted.posts, 1);
	return api_reply(api, fd, 201, "", "{}");
}

START_TEST(an_event_is_told_once_a_minute)
{
	static const char about[] =
		"{\"apiVersion\":\"a/"
		"v1\",\"kind\":\"K\",\"metadata\":{\"name\":\"o\",\"namespace\":\"n\",\"uid\":"
		"\"u\",\"resourceVersion\":\"3\"}}";
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct kube_events *events;
	char long_text[3000];

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	atomic_store(&posted.posts, 0);
	open_client(answer_events, NULL);
	ck_assert(json_doc_copy(about, strlen(about), NULL, &doc, &err));
	ck_assert(kube_events_new(client, "part", &events, &err));
	for (int i = 0; i < 3; i++)
		kube_events_tell(events, json_root(doc), false, "Why", "because %d", 7);
	kube_client_finish(client, 20000);
	ck_assert_int_eq(atomic_load(&posted.posts), 1);
	ck_assert_ptr_nonnull(strstr(posted.last, "POST /api/v1/namespaces/n/events?"));
	ck_assert_ptr_nonnull(strstr(posted.last, "\"message\":\"because 7\""));
	ck_assert_ptr_nonnull(strstr(posted.last, "\"uid\":\"u\""));
	ck_assert_ptr_nonnull(strstr(posted.last, "\"type\":\"Normal\""));
	kube_events_tell(events, json_root(doc), true, "Why", "%s", long_text);
	kube_client_finish(client, 20000);
	ck_assert_int_eq(atomic_load(&posted.posts), 2);
	ck_assert_ptr_nonnull(strstr(posted.last, "\"type\":\"Warning\""));
	long_text[1024] = '\0';
	ck_assert_ptr_nonnull(strstr(posted.last, long_text));
	long_text[1024] = 'x';
	long_text[1025] = '\0';
	ck_assert_ptr_null(strstr(posted.last, long_text));
	kube_events_tell(events, json_root(doc), true, "Other", "x"); /* under way at the end */
	kube_events_free(events);
	close_client();
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_test(tcase, an_event_is_told_once_a_minute);
}

int main(void)
{
	return rig_main("event", add);
}
