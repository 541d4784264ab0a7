#include "agent/image.h"

#include "base/text.h"

#define DEFAULT_REGISTRY   "cr.kagent.dev"
#define DEFAULT_REPOSITORY "kagent-dev/kagent/app"
#define DEFAULT_TAG        "0.9.12" /* the last kagent whose runtime ran on agent-sandbox */
#define GO_IMAGE           "golang-adk"

bool image_reference(const struct subject *subject, bool full, char **out, struct error *err)
{
	const struct agent_settings *settings = subject->settings;
	bool go = json_text_is(json_get(subject->declarative, "runtime"), "go");
	const char *registry =
		subject_setting(json_text(json_get(subject->deployment, "imageRegistry"), NULL),
			subject_setting(settings->image_registry, DEFAULT_REGISTRY));
	const char *repository = subject_setting(settings->image_repository, DEFAULT_REPOSITORY);
	const char *tag = subject_setting(settings->image_tag, DEFAULT_TAG);
	const char *slash = strrchr(repository, '/');
	int folder = slash ? (int)(slash + 1 - repository) : 0;
	char *image;

	if (go)
		image = text_format("%s/%.*s%s:%s%s", registry, folder, repository, GO_IMAGE, tag,
			full ? "-full" : "");
	else
		image = text_format("%s/%s:%s", registry, repository, tag);
	if (!image)
		return error_no_memory(err);
	*out = image;
	return true;
}
