#include "http/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <unistd.h>

static enum io io_error(enum io how, const char *what, int number, struct error *err)
{
	error_set(err, ERR_IO, NULL, "%s: %s", what, strerror(number));
	return how;
}

static enum io io_errno(const char *what, struct error *err)
{
	int number = errno;

	if (number == EAGAIN || number == EWOULDBLOCK)
		return IO_AGAIN;
	return io_error(
		number == ECONNRESET || number == EPIPE ? IO_CUT : IO_FAILED, what, number, err);
}

static bool connection_begin(
	struct connection *connection, const struct connection_options *options, struct error *err)
{
	const struct sockaddr *to = (const struct sockaddr *)&options->to->at;
	int one = 1;

	connection->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (connection->fd < 0)
		return error_set(err, ERR_IO, NULL, "make a socket: %s", strerror(errno));
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(connection->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	if (connect(connection->fd, to, options->to->bytes) < 0 && errno != EINPROGRESS)
		return error_set(err, ERR_IO, NULL, "%s", strerror(errno));
	connection->tls_socket.fd = connection->fd;
	if (options->tls && !tls_peer_new(options->tls, &connection->tls_socket, options->host,
				    options->session, &connection->ssl, err))
		return false;
	return loop_watch(options->loop, connection->fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		options->on_event, options->context, &connection->watch, err);
}

bool connection_open(
	struct connection *connection, const struct connection_options *options, struct error *err)
{
	*connection = (struct connection){ .fd = -1 };
	if (connection_begin(connection, options, err))
		return true;
	connection_close(connection);
	return false;
}

void connection_close(struct connection *connection)
{
	if (connection->ssl) {
		if (connection->ready)
			SSL_shutdown(connection->ssl); /* says goodbye when the socket takes it */
		else
			SSL_set_quiet_shutdown(connection->ssl, 1);
		SSL_free(connection->ssl);
		ERR_clear_error();
	}
	loop_unwatch(connection->watch);
	if (connection->fd > 0)
		close(connection->fd);
	*connection = (struct connection){ .fd = -1 };
}

void connection_note(struct connection *connection, uint32_t events)
{
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		connection->saw_end = true;
	connection->drained = false;
	connection->tls_socket.is_empty = false;
}

/* --- TLS --- */

static enum io tls_outcome(
	struct connection *connection, int result, const char *what, struct error *err)
{
	int number = errno;
	int kind = SSL_get_error(connection->ssl, result);

	switch (kind) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return IO_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return IO_END;
	case SSL_ERROR_SYSCALL:
		ERR_clear_error();
		if (!number)
			return io_error(IO_CUT, what, ECONNRESET, err);
		errno = number;
		return io_errno(what, err);
	default:
		break;
	}
	if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
		ERR_clear_error();
		error_set(err, ERR_IO, NULL, "%s: the peer closed", what);
		return IO_CUT;
	}
	tls_peer_error(connection->ssl, what, err);
	return IO_FAILED;
}

/* What others left in this thread's queue of errors would be taken for ours. */
static void tls_begin(void)
{
	ERR_clear_error();
	errno = 0;
}

/* --- the socket --- */

enum io connection_establish(struct connection *connection, struct error *err)
{
	int failure = 0;
	socklen_t bytes = sizeof(failure);
	struct sockaddr_storage peer;
	socklen_t peer_bytes = sizeof(peer);
	int result;

	if (!connection->connected) {
		getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &failure, &bytes);
		if (failure)
			return io_error(IO_FAILED, "connect", failure, err);
		if (getpeername(connection->fd, (struct sockaddr *)&peer, &peer_bytes) < 0)
			return errno == ENOTCONN ? IO_AGAIN : io_errno("connect", err);
		connection->connected = true;
	}
	if (connection->ssl && !connection->ready) {
		tls_begin();
		result = SSL_do_handshake(connection->ssl);
		if (result != 1)
			return tls_outcome(connection, result, "TLS handshake", err);
	}
	connection->ready = true;
	return IO_OK;
}

enum io connection_read(
	struct connection *connection, char *into, size_t room, size_t *got, struct error *err)
{
	ssize_t count;

	connection->drained = false;
	if (connection->ssl) {
		tls_begin();
		count = SSL_read(connection->ssl, into, room > INT32_MAX ? INT32_MAX : (int)room);
		if (count <= 0)
			return tls_outcome(connection, (int)count, "read", err);
		*got = (size_t)count;
		connection->drained = connection->tls_socket.is_empty && !connection->saw_end &&
				      !SSL_has_pending(connection->ssl);
		return IO_OK;
	}
	do
		count = recv(connection->fd, into, room, 0);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return io_errno("read", err);
	if (!count)
		return IO_END;
	*got = (size_t)count;
	connection->drained = *got < room && !connection->saw_end;
	return IO_OK;
}

bool connection_is_drained(const struct connection *connection)
{
	return connection->drained;
}

static enum io tls_write(
	struct connection *connection, const struct iovec *part, size_t *sent, struct error *err)
{
	int bytes = part->iov_len > INT32_MAX ? INT32_MAX : (int)part->iov_len;
	int count;

	tls_begin();
	count = SSL_write(connection->ssl, part->iov_base, bytes);
	if (count <= 0)
		return tls_outcome(connection, count, "write", err);
	*sent = (size_t)count;
	return IO_OK;
}

enum io connection_write(struct connection *connection, const struct iovec *parts, size_t count,
	size_t *sent, struct error *err)
{
	struct iovec copy[2] = { parts[0], count > 1 ? parts[1] : (struct iovec){ 0 } };
	const struct msghdr message = { .msg_iov = copy, .msg_iovlen = count };
	ssize_t taken;

	if (connection->ssl)
		return tls_write(connection, &parts[0], sent, err);
	do
		taken = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
	while (taken < 0 && errno == EINTR);
	if (taken < 0)
		return io_errno("write", err);
	*sent = (size_t)taken;
	return IO_OK;
}
