#include "store/vault.h"
#include "base/clock.h"

#include <pthread.h>
#include <string.h>

#define SLOTS      1024 /* sessions fall into slots by their number; a newer one takes the place */
#define MOST_BYTES (64U << 10)
#define KEEP_MS    3600000

struct slot {
	int64_t session, sequence;
	uint64_t until_ms;
	char *text;
};

struct vault {
	pthread_mutex_t lock;
	struct slot slots[SLOTS];
};

bool vault_new(struct vault **out, struct error *err)
{
	struct vault *vault = calloc(1, sizeof(*vault));

	if (!vault)
		return error_no_memory(err);
	pthread_mutex_init(&vault->lock, NULL);
	*out = vault;
	return true;
}

static void forget(struct slot *slot)
{
	if (slot->text)
		explicit_bzero(slot->text, strlen(slot->text));
	free(slot->text);
	*slot = (struct slot){ 0 };
}

void vault_clear(struct vault *vault)
{
	pthread_mutex_lock(&vault->lock);
	for (size_t i = 0; i < SLOTS; i++)
		forget(&vault->slots[i]);
	pthread_mutex_unlock(&vault->lock);
}

void vault_free(struct vault *vault)
{
	if (!vault)
		return;
	vault_clear(vault);
	pthread_mutex_destroy(&vault->lock);
	free(vault);
}

void vault_put(struct vault *vault, int64_t session, int64_t sequence, const char *text)
{
	struct slot *slot = &vault->slots[(uint64_t)session % SLOTS];

	pthread_mutex_lock(&vault->lock);
	forget(slot);
	if (strlen(text) <= MOST_BYTES)
		*slot = (struct slot){ .session = session,
			.sequence = sequence,
			.until_ms = clock_monotonic_ms() + KEEP_MS,
			.text = strdup(text) };
	pthread_mutex_unlock(&vault->lock);
}

char *vault_get(struct vault *vault, int64_t session, int64_t sequence)
{
	struct slot *slot = &vault->slots[(uint64_t)session % SLOTS];
	char *found = NULL;

	pthread_mutex_lock(&vault->lock);
	if (slot->text && clock_monotonic_ms() > slot->until_ms)
		forget(slot);
	if (slot->text && slot->session == session && slot->sequence == sequence)
		found = strdup(slot->text);
	pthread_mutex_unlock(&vault->lock);
	return found;
}
