#include "base/log.h"
#include "webhook/conversion_command.h"
#include "webhook/review.h"
#include "webhook/serve.h"

#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "review", review_main },
	{ "convert", conversion_command_main },
};

static int serve_main(int argc, char **argv)
{
	struct webhook_options options = { 0 };
	struct error err;
	int status = 0;

	if (!webhook_options_read(&options, argc, argv, &err)) {
		fprintf(stderr, "sandgate-webhook: %s\n", err.text);
		status = 2;
	} else if (options.help) {
		webhook_options_help();
	} else if (options.version) {
		puts("sandgate-webhook " SANDGATE_VERSION);
	} else if (!serve_run(&options, &err)) {
		log_error("cannot run", LOG_ERR(&err));
		status = 1;
	} else {
		log_info("stopped");
	}
	webhook_options_fini(&options);
	return status;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return serve_main(argc, argv);
}
