/* The files of the page, as they stand in the binary: a table that the build makes of dist/. Constant; any thread. */
#ifndef PAGE_ASSETS_H
#define PAGE_ASSETS_H

struct page_bytes {
	const char *begin, *end;
};

struct page_asset {
	const char *path; /* "/", "/assets/index-1a2b3c.js" */
	const char *media_type;
	const char *digest; /* of its bytes, for the entity tag */
	struct page_bytes plain, gzip;
};

/* Ends with a row whose path is NULL. */
extern const struct page_asset page_assets[];

#endif
