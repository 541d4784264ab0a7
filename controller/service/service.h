/*
 * The controller as a program: three actors (control, proxy with the HTTP API, store), wired by messages: one thread each, of a store in PostgreSQL some.
 */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

/* Runs until SIGTERM. Returns the exit status: 0, 1 when something it cannot do without failed, 2 for a wrong command line. */
int service_main(int argc, char **argv);

#endif
