#include "render/render.h"
#include "service/service.h"
#include "skills/fetch.h"

#include <string.h>

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "fetch-skills") == 0)
		return skills_fetch_main(argc, argv);
	if (argc > 1 && strcmp(argv[1], "render") == 0)
		return render_main(argc, argv);
	return service_main(argc, argv);
}
