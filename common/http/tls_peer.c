#include "http/tls_peer.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

DEFINE_AUTO(bio, BIO *, BIO_free)
DEFINE_AUTO(x509, X509 *, X509_free)
DEFINE_AUTO(pkey, EVP_PKEY *, EVP_PKEY_free)
DEFINE_AUTO(ssl, SSL *, SSL_free)

bool tls_peer_error(SSL *ssl, const char *what, struct error *err)
{
	long verified = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	if (verified != X509_V_OK && ssl && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE)
		reason = X509_verify_cert_error_string(verified);
	return error_set(err, ERR_IO, NULL, "%s: %s", what, reason ? reason : "TLS failed");
}

/* A key with a password is refused: nobody is there to ask. */
static int no_password(
	char *text UNUSED, int bytes UNUSED, int writing UNUSED, void *context UNUSED)
{
	return 0;
}

static bool trust_pem(SSL_CTX *context, const char *pem, struct error *err)
{
	AUTO(bio) BIO *bio = BIO_new_mem_buf(pem, -1);
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	size_t count = 0;

	if (!bio)
		return error_no_memory(err);
	for (;; count++) {
		AUTO(x509) X509 *ca = PEM_read_bio_X509(bio, NULL, no_password, NULL);

		if (!ca)
			break;
		if (X509_STORE_add_cert(store, ca) != 1)
			return tls_peer_error(NULL, "the CA certificates", err);
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE || !count)
		return tls_peer_error(NULL, "the CA certificates", err);
	ERR_clear_error();
	return true;
}

static bool trust(SSL_CTX *context, const struct http_client_options *options, struct error *err)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context);

	SSL_CTX_set_verify(context, options->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	/* What was given is trusted, also when it is not the root of its chain. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	if (options->insecure)
		return true;
	if (options->ca_pem)
		return trust_pem(context, options->ca_pem, err);
	if (options->ca_file)
		return SSL_CTX_load_verify_file(context, options->ca_file) == 1 ||
		       tls_peer_error(NULL, options->ca_file, err);
	return SSL_CTX_set_default_verify_paths(context) == 1 ||
	       tls_peer_error(NULL, "the system's CA certificates", err);
}

static bool present_chain(SSL_CTX *context, const char *pem)
{
	AUTO(bio) BIO *bio = BIO_new_mem_buf(pem, -1);
	AUTO(x509) X509 *own = bio ? PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL;

	if (!own || SSL_CTX_use_certificate(context, own) != 1)
		return false;
	for (;;) {
		AUTO(x509) X509 *issuer = PEM_read_bio_X509(bio, NULL, no_password, NULL);

		if (!issuer)
			break;
		if (SSL_CTX_add1_chain_cert(context, issuer) != 1)
			return false;
	}
	ERR_clear_error();
	return true;
}

static bool present_key(SSL_CTX *context, const char *pem)
{
	AUTO(bio) BIO *bio = BIO_new_mem_buf(pem, -1);
	AUTO(pkey)
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;

	return key && SSL_CTX_use_PrivateKey(context, key) == 1;
}

static bool present(SSL_CTX *context, const struct http_client_options *options, struct error *err)
{
	SSL_CTX_set_default_passwd_cb(context, no_password);
	if (options->cert_pem && !present_chain(context, options->cert_pem))
		return tls_peer_error(NULL, "the client certificate", err);
	if (!options->cert_pem && options->cert_file &&
		SSL_CTX_use_certificate_chain_file(context, options->cert_file) != 1)
		return tls_peer_error(NULL, options->cert_file, err);
	if (options->key_pem && !present_key(context, options->key_pem))
		return tls_peer_error(NULL, "the client certificate's key", err);
	if (!options->key_pem && options->key_file &&
		SSL_CTX_use_PrivateKey_file(context, options->key_file, SSL_FILETYPE_PEM) != 1)
		return tls_peer_error(NULL, options->key_file, err);
	return true;
}

/* The peer gave a session, in its own time: kept for the next connection to the same origin. Returns whether it was taken. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	SSL_SESSION **slot = SSL_get_app_data(ssl);

	if (!slot)
		return 0;
	SSL_SESSION_free(*slot);
	*slot = session;
	return 1;
}

bool tls_peer_context(const struct http_client_options *options, SSL_CTX **out, struct error *err)
{
	static const unsigned char protocols[] = "\x08http/1.1";
	AUTO(ssl_ctx) SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	ERR_clear_error();
	if (!context)
		return error_no_memory(err);
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(context, 1); /* a record's head and body at once */
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context, on_session);
	if (SSL_CTX_set_alpn_protos(context, protocols, sizeof(protocols) - 1) != 0)
		return error_no_memory(err);
	if (!trust(context, options, err) || !present(context, options, err))
		return false;
	*out = take_ssl_ctx(&context);
	return true;
}

static bool expect_host(SSL *ssl, const char *host)
{
	unsigned char number[16];

	if (inet_pton(AF_INET, host, number) == 1 || inet_pton(AF_INET6, host, number) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

bool tls_peer_new(SSL_CTX *context, struct tls_socket *socket, const char *host,
	SSL_SESSION **session, SSL **out, struct error *err)
{
	AUTO(ssl) SSL *ssl = SSL_new(context);
	BIO *bio = ssl ? tls_socket_bio(socket) : NULL;

	if (bio)
		SSL_set_bio(ssl, bio, bio); /* takes it */
	if (!bio || !expect_host(ssl, host)) {
		ERR_clear_error();
		return error_no_memory(err);
	}
	SSL_set_app_data(ssl, session);
	if (*session)
		SSL_set_session(ssl, *session);
	SSL_set_connect_state(ssl);
	*out = take_ssl(&ssl);
	return true;
}
