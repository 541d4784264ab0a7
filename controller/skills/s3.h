/*
 * One archive (tar, also compressed, or zip) of an S3 bucket, laid out in a folder. Inside this room; one thread; blocks. The login
 * comes from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; without one the object must be public. AWS_ENDPOINT_URL_S3
 * or AWS_ENDPOINT_URL names another service than AWS. Source: AWS "Signature Version 4", S3 "GetObject".
 */
#ifndef SKILLS_S3_H
#define SKILLS_S3_H

#include "skills/limits.h"
#include "skills/web.h"

struct s3_options {
	struct web *web;
	const struct skills_limits *limits;
	int scratch; /* a folder for the archive while it is unpacked */
};

/* `uri` is s3://bucket/key; `region` "" = AWS_REGION, else us-east-1. */
MUST_USE bool s3_fetch(const struct s3_options *options, const char *uri, const char *region,
	int root, struct error *err);

/* What is signed of a GET. */
struct s3_request {
	const char *host; /* with the port when one is written */
	const char *path; /* percent-encoded, from "/" */
	const char *region;
	const char *key_id, *secret;
	const char *session_token; /* NULL = none */
	const char *time; /* 20130524T000000Z */
};
/* Appends the value of the Authorization header; the headers x-amz-content-sha256 (of nothing), x-amz-date and, with a session token, x-amz-security-token go with it. */
void s3_sign(const struct s3_request *request, struct buffer *out);

#endif
