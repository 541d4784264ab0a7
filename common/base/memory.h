/* What the process holds of the machine's memory. Any thread. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/*
 * Gives back what only the start needed: free heap, and the pages of code and constants that the dynamic linker and the libraries' own
 * start touched. What is used again is mapped again from the page cache. Takes under a millisecond.
 */
void memory_give_back(void);

/*
 * From now on pieces of so many bytes and more (bodies, what is read out of them) go back to the system when they are freed, instead of
 * leaving holes that a burst of them filled. Costs their pages anew for each: for sizes that come seldom. Once, before other threads.
 */
void memory_return_large(size_t from_bytes);

#endif
