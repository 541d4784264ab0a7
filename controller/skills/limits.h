/* What one run of fetch-skills may take, so that no registry, repository or bucket fills a node. Inside this room. */
#ifndef SKILLS_LIMITS_H
#define SKILLS_LIMITS_H

#include <stddef.h>
#include <stdint.h>

struct skills_limits {
	uint64_t download_bytes; /* of one skill, as sent */
	uint64_t content_bytes; /* of one skill, unpacked */
	size_t entries; /* of one skill: files, folders, links */
	size_t layers; /* of one image */
};

extern const struct skills_limits skills_default_limits;

#endif
