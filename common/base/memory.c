#include "base/memory.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Segments that nobody may write hold exactly what is in their file, so they can be dropped and read again. (Those that are made
 * read-only after relocation are marked writable here and stay.)
 */
static int drop_segments(struct dl_phdr_info *object, size_t bytes, void *context)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)bytes;
	(void)context;
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t start = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
		uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;

		if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) || end <= start)
			continue;
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as numbers */
		madvise((void *)start, end - start, MADV_DONTNEED);
	}
	return 0;
}

void memory_give_back(void)
{
	malloc_trim(0);
	dl_iterate_phdr(drop_segments, NULL);
}

void memory_return_large(size_t from_bytes)
{
	/* Said aloud, the thresholds stay: left alone they rise with the largest piece that was ever freed. */
	mallopt(M_MMAP_THRESHOLD, (int)from_bytes);
	mallopt(M_TRIM_THRESHOLD, (int)(2 * from_bytes));
}
