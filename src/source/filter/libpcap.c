/*
 * libpcap, opened when it is first needed.
 *
 * The `pcap` crate is linked with `-lpcap`. This file is compiled to an archive
 * of that name, whose functions pass their calls on to the library that is
 * there at run time: libpcap.so.0.8 (Debian), libpcap.so.1 (most others). So
 * the program is built without libpcap's development files, starts without
 * libpcap, and reads captures without it; only filters and live capture say
 * that it is not installed.
 *
 * Every function that the crate may call is here, up to libpcap 1.9.1. The
 * types are opaque: arguments pass through unread. SIPLENS_LIBPCAP names
 * another library, for tests; it is not heeded in a program with privileges,
 * such as the capabilities that live capture takes.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERRBUF_SIZE 256 /* PCAP_ERRBUF_SIZE */
#define PCAP_ERROR (-1)

typedef struct pcap pcap_t;
typedef struct pcap_dumper pcap_dumper_t;
typedef struct pcap_if pcap_if_t;
struct bpf_program;
struct pcap_pkthdr;
struct pcap_stat;
typedef void (*pcap_handler)(unsigned char *, const struct pcap_pkthdr *, const unsigned char *);

static const char absent[] = "libpcap is not installed (apt-get install libpcap0.8)";

static void *library;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Stands for a handle where there is no library: an error can be asked of it. */
static char no_handle;
#define NO_HANDLE (library ? NULL : (pcap_t *)&no_handle)

static void load(void)
{
	static const char *const names[] = { "libpcap.so.0.8", "libpcap.so.1", "libpcap.so" };
	const char *named = secure_getenv("SIPLENS_LIBPCAP");
	size_t i;

	if (named) {
		library = dlopen(named, RTLD_NOW | RTLD_LOCAL);
		return;
	}
	for (i = 0; !library && i < sizeof names / sizeof *names; i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
}

static void *find(const char *name)
{
	pthread_once(&once, load);
	return library ? dlsym(library, name) : NULL;
}

/* Says in a caller's buffer that there is no library. */
static void say(char *errbuf)
{
	if (errbuf)
		snprintf(errbuf, ERRBUF_SIZE, "%s", absent);
}

/* The library's function of the name of this one, looked up once. Threads that
 * look it up at the same time find the same. */
#define FOUND(type, params)                                                      \
	static void *cached;                                                     \
	void *symbol = __atomic_load_n(&cached, __ATOMIC_ACQUIRE);               \
	if (!symbol) {                                                           \
		symbol = find(__func__);                                         \
		__atomic_store_n(&cached, symbol, __ATOMIC_RELEASE);             \
	}                                                                        \
	type(*function) params = (type(*) params)symbol;

/* A function that gives `otherwise` where there is no library. */
#define PASS(type, name, params, args, otherwise)                                \
	type name params                                                         \
	{                                                                        \
		FOUND(type, params)                                              \
		if (!function)                                                   \
			return otherwise;                                        \
		return function args;                                            \
	}

/* A function that says in its buffer that there is no library. */
#define PASS_SAYING(type, name, params, args, otherwise)                         \
	type name params                                                         \
	{                                                                        \
		FOUND(type, params)                                              \
		if (!function) {                                                 \
			say(errbuf);                                             \
			return otherwise;                                        \
		}                                                                \
		return function args;                                            \
	}

/* A function that does nothing where there is no library. */
#define PASS_VOID(name, params, args)                                            \
	void name params                                                         \
	{                                                                        \
		FOUND(void, params)                                              \
		if (function)                                                    \
			function args;                                           \
	}

/* Handles. */
PASS(pcap_t *, pcap_open_dead, (int link, int snaplen), (link, snaplen), NO_HANDLE)
PASS(pcap_t *, pcap_open_dead_with_tstamp_precision, (int link, int snaplen, unsigned precision),
     (link, snaplen, precision), NO_HANDLE)
PASS_SAYING(pcap_t *, pcap_open_offline, (const char *file, char *errbuf), (file, errbuf), NULL)
PASS_SAYING(pcap_t *, pcap_open_offline_with_tstamp_precision,
	    (const char *file, unsigned precision, char *errbuf), (file, precision, errbuf), NULL)
PASS_SAYING(pcap_t *, pcap_fopen_offline, (FILE *file, char *errbuf), (file, errbuf), NULL)
PASS_SAYING(pcap_t *, pcap_fopen_offline_with_tstamp_precision,
	    (FILE *file, unsigned precision, char *errbuf), (file, precision, errbuf), NULL)
PASS_SAYING(pcap_t *, pcap_create, (const char *device, char *errbuf), (device, errbuf), NULL)
PASS(int, pcap_activate, (pcap_t *handle), (handle), PCAP_ERROR)
PASS_VOID(pcap_close, (pcap_t *handle), (handle))

/* What a handle is to do, and what it says. */
PASS(int, pcap_set_snaplen, (pcap_t *handle, int value), (handle, value), PCAP_ERROR)
PASS(int, pcap_set_promisc, (pcap_t *handle, int value), (handle, value), PCAP_ERROR)
PASS(int, pcap_set_timeout, (pcap_t *handle, int value), (handle, value), PCAP_ERROR)
PASS(int, pcap_set_buffer_size, (pcap_t *handle, int value), (handle, value), PCAP_ERROR)
PASS(int, pcap_set_tstamp_type, (pcap_t *handle, int value), (handle, value), PCAP_ERROR)
PASS(int, pcap_set_tstamp_precision, (pcap_t *handle, int value), (handle, value), PCAP_ERROR)
PASS(int, pcap_set_immediate_mode, (pcap_t *handle, int value), (handle, value), PCAP_ERROR)
PASS(int, pcap_set_rfmon, (pcap_t *handle, int value), (handle, value), PCAP_ERROR)
PASS(int, pcap_set_datalink, (pcap_t *handle, int value), (handle, value), PCAP_ERROR)
PASS(int, pcap_setdirection, (pcap_t *handle, unsigned value), (handle, value), PCAP_ERROR)
PASS_SAYING(int, pcap_setnonblock, (pcap_t *handle, int value, char *errbuf),
	    (handle, value, errbuf), PCAP_ERROR)
PASS(int, pcap_datalink, (pcap_t *handle), (handle), PCAP_ERROR)
PASS(int, pcap_list_datalinks, (pcap_t *handle, int **links), (handle, links), PCAP_ERROR)
PASS_VOID(pcap_free_datalinks, (int *links), (links))
PASS(int, pcap_major_version, (pcap_t *handle), (handle), PCAP_ERROR)
PASS(int, pcap_minor_version, (pcap_t *handle), (handle), PCAP_ERROR)
PASS(int, pcap_fileno, (pcap_t *handle), (handle), PCAP_ERROR)
PASS(int, pcap_get_selectable_fd, (pcap_t *handle), (handle), PCAP_ERROR)
PASS(int, pcap_stats, (pcap_t *handle, struct pcap_stat *stat), (handle, stat), PCAP_ERROR)
PASS(char *, pcap_geterr, (pcap_t *handle), (handle), (char *)absent)

/* Packets. */
PASS(int, pcap_next_ex, (pcap_t *handle, struct pcap_pkthdr **header, const unsigned char **bytes),
     (handle, header, bytes), PCAP_ERROR)
PASS(int, pcap_loop, (pcap_t *handle, int count, pcap_handler handler, unsigned char *user),
     (handle, count, handler, user), PCAP_ERROR)
PASS(int, pcap_dispatch, (pcap_t *handle, int count, pcap_handler handler, unsigned char *user),
     (handle, count, handler, user), PCAP_ERROR)
PASS_VOID(pcap_breakloop, (pcap_t *handle), (handle))
PASS(int, pcap_sendpacket, (pcap_t *handle, const unsigned char *bytes, int size),
     (handle, bytes, size), PCAP_ERROR)

/* Filters. */
PASS(int, pcap_compile,
     (pcap_t *handle, struct bpf_program *program, const char *text, int optimize, unsigned mask),
     (handle, program, text, optimize, mask), PCAP_ERROR)
PASS(int, pcap_setfilter, (pcap_t *handle, struct bpf_program *program), (handle, program),
     PCAP_ERROR)
PASS(int, pcap_offline_filter,
     (const struct bpf_program *program, const struct pcap_pkthdr *header,
      const unsigned char *bytes),
     (program, header, bytes), 0)
PASS_VOID(pcap_freecode, (struct bpf_program *program), (program))

/* Names of link types. */
PASS(int, pcap_datalink_name_to_val, (const char *name), (name), PCAP_ERROR)
PASS(const char *, pcap_datalink_val_to_name, (int link), (link), NULL)
PASS(const char *, pcap_datalink_val_to_description, (int link), (link), NULL)

/* Devices. */
PASS_SAYING(int, pcap_findalldevs, (pcap_if_t **devices, char *errbuf), (devices, errbuf),
	    PCAP_ERROR)
PASS_VOID(pcap_freealldevs, (pcap_if_t *devices), (devices))

/* Files that are written. */
PASS(pcap_dumper_t *, pcap_dump_open, (pcap_t *handle, const char *file), (handle, file), NULL)
PASS(pcap_dumper_t *, pcap_dump_open_append, (pcap_t *handle, const char *file), (handle, file),
     NULL)
PASS(pcap_dumper_t *, pcap_dump_fopen, (pcap_t *handle, FILE *file), (handle, file), NULL)
PASS(int, pcap_dump_flush, (pcap_dumper_t *dumper), (dumper), PCAP_ERROR)
PASS_VOID(pcap_dump_close, (pcap_dumper_t *dumper), (dumper))
PASS_VOID(pcap_dump,
	  (unsigned char *user, const struct pcap_pkthdr *header, const unsigned char *bytes),
	  (user, header, bytes))
