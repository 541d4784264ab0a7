#include "http/tls_session.h"

#include <gnutls/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define CHAIN_MAX 16

/* A chain and its key, immutable, shared by the store and the connections that began with it. */
struct tls_pair {
	atomic_uint owners;
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned length;
	gnutls_privkey_t key;
	int64_t not_after;
};

struct tls_store {
	pthread_mutex_t lock; /* guards `pair` */
	struct tls_pair *pair;
};

struct tls_hold {
	struct tls_store *store;
	struct tls_pair *pair;
};

static void pair_release(struct tls_pair *pair)
{
	if (!pair || atomic_fetch_sub(&pair->owners, 1) != 1)
		return;
	for (unsigned i = 0; i < pair->length; i++)
		gnutls_pcert_deinit(&pair->chain[i]);
	if (pair->key)
		gnutls_privkey_deinit(pair->key);
	free(pair);
}
DEFINE_AUTO(pair, struct tls_pair *, pair_release)

static struct tls_pair *store_borrow(struct tls_store *store)
{
	struct tls_pair *pair;

	pthread_mutex_lock(&store->lock);
	pair = store->pair;
	if (pair)
		atomic_fetch_add(&pair->owners, 1);
	pthread_mutex_unlock(&store->lock);
	return pair;
}

bool tls_store_new(struct tls_store **out, struct error *err)
{
	struct tls_store *store = calloc(1, sizeof(*store));

	if (!store)
		return error_no_memory(err);
	pthread_mutex_init(&store->lock, NULL);
	*out = store;
	return true;
}

void tls_store_free(struct tls_store *store)
{
	if (!store)
		return;
	pair_release(store->pair);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

/* --- reading a pair --- */

static bool tls_failed(struct error *err, const char *what, int result)
{
	if (result == GNUTLS_E_MEMORY_ERROR)
		return error_no_memory(err);
	return error_set(err, ERR_INVALID, NULL, "%s: %s", what, gnutls_strerror(result));
}

static bool pair_read_chain(struct tls_pair *pair, const char *chain_pem, struct error *err)
{
	gnutls_datum_t pem = { .data = (unsigned char *)chain_pem,
		.size = (unsigned)strlen(chain_pem) };
	unsigned length = CHAIN_MAX;
	int result = gnutls_pcert_list_import_x509_raw(
		pair->chain, &length, &pem, GNUTLS_X509_FMT_PEM, 0);

	if (result < 0)
		return tls_failed(err, "the certificate chain cannot be read", result);
	pair->length = length;
	return length || error_set(err, ERR_INVALID, NULL, "the certificate chain is empty");
}

static bool pair_read_key(struct tls_pair *pair, const char *key_pem, struct error *err)
{
	gnutls_datum_t pem = { .data = (unsigned char *)key_pem,
		.size = (unsigned)strlen(key_pem) };
	int result = gnutls_privkey_init(&pair->key);

	if (result < 0)
		return tls_failed(err, "the private key cannot be read", result);
	result = gnutls_privkey_import_x509_raw(pair->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	return result >= 0 || tls_failed(err, "the private key cannot be read", result);
}

/* The key belongs to the first certificate: a signature of one verifies with the other. */
static bool pair_check_match(const struct tls_pair *pair, struct error *err)
{
	const gnutls_datum_t probe = { .data = (unsigned char *)"probe", .size = 5 };
	gnutls_datum_t signature = { 0 };
	gnutls_pubkey_t public_key = pair->chain[0].pubkey;
	gnutls_digest_algorithm_t digest = GNUTLS_DIG_SHA256;
	int result = gnutls_pubkey_get_preferred_hash_algorithm(public_key, &digest, NULL);

	if (result >= 0)
		result = gnutls_privkey_sign_data(pair->key, digest, 0, &probe, &signature);
	if (result >= 0)
		result = gnutls_pubkey_verify_data2(public_key,
			gnutls_pk_to_sign(gnutls_pubkey_get_pk_algorithm(public_key, NULL), digest),
			0, &probe, &signature);
	gnutls_free(signature.data);
	return result >= 0 ||
	       tls_failed(err, "the private key does not fit the certificate", result);
}

static bool pair_read_end(struct tls_pair *pair, const char *chain_pem, struct error *err)
{
	gnutls_datum_t pem = { .data = (unsigned char *)chain_pem,
		.size = (unsigned)strlen(chain_pem) };
	gnutls_x509_crt_t leaf;
	int result = gnutls_x509_crt_init(&leaf);

	if (result < 0)
		return tls_failed(err, "the certificate cannot be read", result);
	result = gnutls_x509_crt_import(leaf, &pem, GNUTLS_X509_FMT_PEM);
	if (result >= 0)
		pair->not_after = (int64_t)gnutls_x509_crt_get_expiration_time(leaf);
	gnutls_x509_crt_deinit(leaf);
	return result >= 0 || tls_failed(err, "the certificate cannot be read", result);
}

bool tls_store_set(
	struct tls_store *store, const char *chain_pem, const char *key_pem, struct error *err)
{
	AUTO(pair) struct tls_pair *pair = calloc(1, sizeof(*pair));
	struct tls_pair *old;

	if (!pair)
		return error_no_memory(err);
	atomic_init(&pair->owners, 1);
	if (!pair_read_chain(pair, chain_pem, err) || !pair_read_key(pair, key_pem, err) ||
		!pair_check_match(pair, err) || !pair_read_end(pair, chain_pem, err))
		return false;
	pthread_mutex_lock(&store->lock);
	old = store->pair;
	store->pair = take_pair(&pair);
	pthread_mutex_unlock(&store->lock);
	pair_release(old);
	return true;
}

bool tls_store_is_ready(const struct tls_store *store)
{
	AUTO(pair) struct tls_pair *pair = store_borrow((struct tls_store *)store);

	return pair != NULL;
}

int64_t tls_store_not_after(const struct tls_store *store)
{
	AUTO(pair) struct tls_pair *pair = store_borrow((struct tls_store *)store);

	return pair ? pair->not_after : 0;
}

/* --- one connection --- */

struct tls_hold *tls_hold_new(struct tls_store *store, gnutls_session_t session)
{
	struct tls_hold *hold = calloc(1, sizeof(*hold));

	if (!hold)
		return NULL;
	hold->store = store;
	gnutls_session_set_ptr(session, hold);
	return hold;
}

void tls_hold_free(struct tls_hold *hold)
{
	if (!hold)
		return;
	pair_release(hold->pair);
	free(hold);
}

int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *authorities UNUSED,
	int authority_count UNUSED, const gnutls_pk_algorithm_t *algorithms UNUSED,
	int algorithm_count UNUSED, gnutls_pcert_st **chain, unsigned *chain_length,
	gnutls_privkey_t *key)
{
	struct tls_hold *hold = gnutls_session_get_ptr(session);

	if (!hold)
		return -1;
	if (!hold->pair)
		hold->pair = store_borrow(hold->store);
	if (!hold->pair)
		return -1;
	*chain = hold->pair->chain;
	*chain_length = hold->pair->length;
	*key = hold->pair->key;
	return 0;
}
