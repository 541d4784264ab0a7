#include "http/tls_socket.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>

/* -1 with errno set, as the system's calls; what may succeed later is marked as such. */
static int mark(BIO *bio, ssize_t count, void (*set_retry)(BIO *bio))
{
	if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		set_retry(bio);
	return (int)count;
}

static void retry_read(BIO *bio)
{
	BIO_set_retry_read(bio);
}

static void retry_write(BIO *bio)
{
	BIO_set_retry_write(bio);
}

static int socket_read(BIO *bio, char *into, int room)
{
	struct tls_socket *socket = BIO_get_data(bio);
	ssize_t count;

	BIO_clear_retry_flags(bio);
	do
		count = recv(socket->fd, into, (size_t)room, 0);
	while (count < 0 && errno == EINTR);
	socket->is_empty = count < room;
	socket->has_ended = count == 0;
	return mark(bio, count, retry_read);
}

static int socket_write(BIO *bio, const char *data, int bytes)
{
	struct tls_socket *socket = BIO_get_data(bio);
	ssize_t count;

	BIO_clear_retry_flags(bio);
	do
		count = send(socket->fd, data, (size_t)bytes, MSG_NOSIGNAL);
	while (count < 0 && errno == EINTR);
	return mark(bio, count, retry_write);
}

static long socket_control(BIO *bio, int what, long number UNUSED, void *pointer UNUSED)
{
	const struct tls_socket *socket = BIO_get_data(bio);

	switch (what) {
	case BIO_CTRL_FLUSH:
	case BIO_CTRL_DUP:
		return 1;
	case BIO_CTRL_EOF:
		return socket->has_ended;
	default:
		return 0;
	}
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static BIO_METHOD *method; /* never freed: as long as the program */

static void make_method(void)
{
	BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");

	if (made && BIO_meth_set_read(made, socket_read) &&
		BIO_meth_set_write(made, socket_write) && BIO_meth_set_ctrl(made, socket_control))
		method = made;
}

BIO *tls_socket_bio(struct tls_socket *socket)
{
	BIO *bio;

	pthread_once(&once, make_method);
	bio = method ? BIO_new(method) : NULL;
	if (!bio)
		return NULL;
	BIO_set_data(bio, socket);
	BIO_set_init(bio, 1);
	return bio;
}
